import { call, long, not } from "../build.ts";
import type { Expr, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { type Arg, expectType, isLiteral, isNumeric } from "./arg.ts";
import { contentAs, toBool, toLong, toReal, toText } from "./convert.ts";
import { type FunctionTable, type KqlFunction, many, one, oneOrTwo, three } from "./function-table.ts";
import { textArg } from "./text-operators.ts";

/** Conversions of numbers, and of what may hold one. */
const number = (name: string, convert: (expr: Expr) => Expr): KqlFunction =>
  one((value) =>
    convert(expectType(value, `${name}()`, "string", "bool", "long", "real", "timespan", "datetime", "dynamic").expr),
  );

/** Conversions, choices, numbers, and what is inside of a dynamic. */
export const VALUE_FUNCTIONS: FunctionTable = {
  tostring: one(({ expr }) => toText(expr)),
  toint: number("toint", toLong),
  tolong: number("tolong", toLong),
  todouble: number("todouble", toReal),
  toreal: number("toreal", toReal),
  tobool: one(tobool),
  toboolean: one(tobool),
  todynamic: one((value) => parseJson(value, "todynamic()")),
  parse_json: one((value) => parseJson(value, "parse_json()")),
  not: one((value) => not(expectType(value, "not()", "bool").expr)),
  iff: three(choose),
  iif: three(choose),
  case: many(3, 127, cases),
  coalesce: many(2, 64, coalesce),
  abs: one((value) => call("absolute", value.expr.type, expectType(value, "abs()", "long", "real", "timespan").expr)),
  round: oneOrTwo(round),
  array_length: one((value) => call("arrayLength", "long", expectType(value, "array_length()", "dynamic").expr)),
  bag_keys: one((value) => call("bagKeys", "dynamic", expectType(value, "bag_keys()", "dynamic").expr)),
};

function tobool(value: Arg): Expr {
  return toBool(expectType(value, "tobool()", "string", "bool", "long", "real", "dynamic").expr);
}

function parseJson(value: Arg, what: string): Expr {
  return value.expr.type === "dynamic" ? value.expr : call("parseJson", "dynamic", textArg(value, what));
}

function round(value: Arg, decimals: Arg | null): Expr {
  const of = expectType(value, "round()", "long", "real").expr;
  if (of.type === "long") return of;
  if (!decimals) return call("round", "real", of, long(0n));
  if (!isLiteral(decimals.expr))
    throw new QueryError("round() takes a number of decimals that is a literal", decimals.position);
  return call("round", "real", of, expectType(decimals, "round()", "long").expr);
}

/** Values as one type: numbers widen, a dynamic gives what it holds of the others' type. */
function unify(values: readonly Arg[]): readonly Expr[] {
  const types = new Set(values.map(({ expr }) => expr.type));
  const others = [...types].filter((type) => type !== "dynamic");
  const type: ValueType = others.every(isNumeric) && others.length > 1 ? "real" : (others[0] ?? "dynamic");
  return values.map(({ expr, position }) => {
    const converted = expr.type === "dynamic" && type !== "dynamic" ? contentAs(expr, type) : expr;
    if (converted?.type === type) return converted;
    if (isNumeric(expr.type) && type === "real") return toReal(expr);
    throw new QueryError(`All values must be of one type; this is ${expr.type}, another is ${type}`, position);
  });
}

function choose(condition: Arg, then: Arg, otherwise: Arg): Expr {
  return cases([condition, then, otherwise]);
}

/** Condition, value, condition, value, …, and the value otherwise. */
function cases(args: readonly Arg[]): Expr {
  const last = args.at(-1);
  if (args.length % 2 === 0 || !last) {
    throw new QueryError("case() takes conditions and values in pairs, and one value more", last?.position ?? 0);
  }
  const isCondition = (at: number): boolean => at % 2 === 0 && at < args.length - 1;
  const values = unify(args.filter((_, at) => !isCondition(at))).values();
  const bound = args.map((arg, at) =>
    isCondition(at) ? expectType(arg, "A condition", "bool").expr : (values.next().value ?? arg.expr),
  );
  return call("choose", bound.at(-1)?.type ?? "dynamic", ...bound);
}

/** The first that is not null; of strings, the first that is not empty. */
function coalesce(args: readonly Arg[]): Expr {
  const dynamics = args.filter(({ expr }) => expr.type === "dynamic");
  if (dynamics[0] && dynamics.length < args.length) {
    throw new QueryError(
      "coalesce() takes values of one type; convert this one, for example by tostring()",
      dynamics[0].position,
    );
  }
  const values = unify(args);
  const type = values[0]?.type ?? "dynamic";
  return call(type === "string" ? "firstText" : "orElse", type, ...values);
}

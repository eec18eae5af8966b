import { bool, call, not, text } from "../build.ts";
import type { Expr } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { compileRegex } from "../regex.ts";
import { type Arg, constantOf, expectType, isLiteral } from "./arg.ts";
import { toBool, toLong, toPoint, toReal, toText } from "./convert.ts";
import { type FunctionTable, many, one, three, threeOrFour, two, twoOrThree } from "./function-table.ts";
import { textArg } from "./text-operators.ts";

const isEmpty = (expr: Expr): Expr => call("is", "bool", toText(expr), text(""));

/** Strings are never null in this language. */
const isNull = (expr: Expr): Expr => (expr.type === "string" ? bool(false) : call("isNull", "bool", expr));

/** Functions of texts, and whether anything is there. */
export const TEXT_FUNCTIONS: FunctionTable = {
  strcat: many(1, 64, (args) => call("concat", "string", ...args.map(({ expr }) => toText(expr)))),
  strlen: one((value) => call("length", "long", textArg(value, "strlen()"))),
  tolower: one(({ expr }) => call("lower", "string", toText(expr))),
  toupper: one(({ expr }) => call("upper", "string", toText(expr))),
  substring: twoOrThree(substring),
  indexof: two((value, part) => call("indexOf", "long", toText(value.expr), toText(part.expr))),
  replace_string: three((...args) =>
    call(
      "replace",
      "string",
      ...args.map((arg) => toText(expectType(arg, "replace_string()", "string", "dynamic").expr)),
    ),
  ),
  extract: threeOrFour(extract),
  isempty: one(({ expr }) => isEmpty(expr)),
  isnotempty: one(({ expr }) => not(isEmpty(expr))),
  notempty: one(({ expr }) => not(isEmpty(expr))),
  isnull: one(({ expr }) => isNull(expr)),
  isnotnull: one(({ expr }) => not(isNull(expr))),
  notnull: one(({ expr }) => not(isNull(expr))),
};

/** A start below 0 counts from the end. */
function substring(value: Arg, start: Arg, count: Arg | null): Expr {
  const args = [start, ...(count ? [count] : [])].map((arg) => expectType(arg, "substring()", "long").expr);
  const constant = constantOf(start.expr);
  const isFromStart = typeof constant === "bigint" && constant >= 0n;
  const part = call(isFromStart ? "substring" : "slice", "string", toText(value.expr), ...args);
  return call("orElse", "string", part, text(""));
}

/** The types that `typeof(…)` may name as the last argument. */
const CONVERSIONS: Readonly<Record<string, (arg: Arg) => Expr>> = {
  string: ({ expr }) => expr,
  long: ({ expr }) => toLong(expr),
  int: ({ expr }) => toLong(expr),
  real: ({ expr }) => toReal(expr),
  double: ({ expr }) => toReal(expr),
  bool: ({ expr }) => toBool(expr),
  datetime: toPoint,
};

function extract(pattern: Arg, group: Arg, source: Arg, type: Arg | null): Expr {
  const number = constantOf(group.expr);
  if (!isLiteral(pattern.expr) || pattern.expr.type !== "string") {
    throw new QueryError("extract() takes a regular expression that is a string literal", pattern.position);
  }
  if (typeof number !== "bigint" || group.expr.type !== "long" || number < 0n || number > 1_000n) {
    throw new QueryError("extract() takes the number of a group, which is 0 or more", group.position);
  }
  const program = compileRegex(String(pattern.expr.value), Number(number), pattern.position);
  const from = expectType(source, "extract()", "string", "dynamic").expr;
  const found: Expr = { kind: "extract", type: "string", text: toText(from), program };
  if (!type) return found;
  const convert = isLiteral(type.expr) ? CONVERSIONS[String(type.expr.value)] : undefined;
  if (!convert) throw new QueryError("extract() takes typeof(…) of a type that is supported", type.position);
  return convert({ expr: found, position: source.position });
}

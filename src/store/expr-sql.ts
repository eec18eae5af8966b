import type { Call, Expr, Operation, ValueType } from "../query/expr.ts";
import { aggregated } from "./sql-aggregate.ts";
import { compared, isOneOf } from "./sql-compare.ts";
import { toBool, toNumber, toText, toTime } from "./sql-convert.ts";
import { chain, type Fragment, joined, sql } from "./sql-fragment.ts";
import {
  arrayLength,
  bagKeys,
  boolIn,
  documentPlace,
  isJsonNull,
  itemsOf,
  type JsonPlace,
  numberIn,
  parsedText,
  placeBelow,
  textIn,
} from "./sql-json.ts";
import { type Names, shallow } from "./sql-names.ts";
import {
  ARITHMETIC,
  absolute,
  ceilingOf,
  floorOf,
  isTimePart,
  negated,
  rounded,
  startOf,
  timePart,
} from "./sql-number.ts";
import { extracted } from "./sql-regex.ts";
import { concatenated, folded, matches, matchesLiteral, replaced, slice, substring, trimmed } from "./sql-text.ts";
import { type SqlExpr, sqlOf, value } from "./sql-value.ts";

/** What expressions of one SELECT are made with. */
export interface Environment {
  readonly names: Names;
  /** A column of the rows that the SELECT reads. */
  column(name: string, type: ValueType): SqlExpr;
  /** Rows of `json_each` by the item that they are. */
  readonly items: ReadonlyMap<symbol, Fragment>;
}

/**
 * An expression → SQL with placeholders.
 *
 * @throws QueryError where it becomes too long, or too deep for SQLite's parser.
 */
export function toSql(expr: Expr, env: Environment): SqlExpr {
  const { names } = env;
  names.spend();
  switch (expr.kind) {
    case "literal":
      return literal(expr);
    case "column":
      return env.column(expr.name, expr.type);
    case "path":
      return {
        kind: "json",
        type: "dynamic",
        place: placeBelow(placeOf(toSql(expr.of, env), names), expr.keys, names),
      };
    case "item":
      return itemOf(expr.item, env);
    case "match":
      return value("bool", shallow(matched(expr, env), names));
    case "quantified":
      return value("bool", quantified(expr, env));
    case "extract":
      return value("string", names.give(extracted(toValue(expr.text, env), expr.program, names)));
    case "aggregate":
      return aggregateOf(expr, env);
    case "call":
      return called(expr, env);
  }
}

/** One whole expression of a SELECT. */
export const toExpression = (expr: Expr, env: Environment): Fragment => env.names.expression(() => toValue(expr, env));

const toValue = (expr: Expr, env: Environment): Fragment => sqlOf(toSql(expr, env), env.names);

function aggregateOf(expr: Extract<Expr, { kind: "aggregate" }>, env: Environment): SqlExpr {
  const [of] = expr.args;
  return aggregated(expr, of ? () => toSql(of, env) : null, expr.where && toExpression(expr.where, env), env.names);
}

function literal({ type, value: of }: Extract<Expr, { kind: "literal" }>): SqlExpr {
  return { kind: "literal", type, value: typeof of === "boolean" ? (of ? 1n : 0n) : of };
}

function itemOf(item: symbol, { items }: Environment): SqlExpr {
  const row = items.get(item);
  if (!row) throw new RangeError("An item stands outside of what looks at it");
  return { kind: "json", type: "dynamic", place: { kind: "item", row } };
}

const placeOf = (expr: SqlExpr, names: Names): JsonPlace =>
  expr.kind === "json" ? expr.place : documentPlace(sqlOf(expr, names));

function matched(expr: Extract<Expr, { kind: "match" }>, env: Environment): Fragment {
  const text = toValue(expr.text, env);
  const { pattern } = expr;
  return pattern.kind === "literal" && typeof pattern.value === "string"
    ? matchesLiteral(text, pattern.value, expr, env.names)
    : matches(text, toValue(pattern, env), expr, env.names);
}

function quantified(expr: Extract<Expr, { kind: "quantified" }>, env: Environment): Fragment {
  const { names } = env;
  const row = names.fresh();
  const inner = { ...env, items: new Map([...env.items, [expr.item, row]]) };
  const items = itemsOf(placeOf(toSql(expr.of, env), names), row, names);
  const condition = toExpression(expr.condition, inner);
  return expr.quantifier === "some"
    ? sql`EXISTS (SELECT 1 FROM ${items} WHERE ${condition})`
    : sql`(NOT EXISTS (SELECT 1 FROM ${items} WHERE NOT coalesce(${condition}, 0)))`;
}

function called(expr: Call, env: Environment): SqlExpr {
  if (expr.operation === "parseJson") {
    const [text] = expr.args.map((arg) => toValue(arg, env));
    return { kind: "json", type: "dynamic", place: documentPlace(parsedText(text ?? sql`NULL`, env.names)) };
  }
  const result = shallow(OPERATIONS[expr.operation](expr, env), env.names);
  return expr.type === "dynamic"
    ? { kind: "json", type: "dynamic", place: documentPlace(result) }
    : value(expr.type, result);
}

type Compile = (call: Call, env: Environment) => Fragment;

/** For operations that take values: null as soon as one is null, as SQL itself has it. */
const ofValues =
  (compile: (args: readonly Fragment[], call: Call, names: Names) => Fragment): Compile =>
  (call, env) =>
    compile(
      call.args.map((arg) => toValue(arg, env)),
      call,
      env.names,
    );

const NULL = sql`NULL`;

const unary = (compile: (arg: Fragment, names: Names, call: Call) => Fragment): Compile =>
  ofValues(([arg = NULL], call, names) => compile(arg, names, call));

const binary = (compile: (a: Fragment, b: Fragment, names: Names) => Fragment): Compile =>
  ofValues(([a = NULL, b = NULL], _call, names) => compile(a, b, names));

/** For operations that make something of where a value is, not of the value. */
const ofExpr =
  (compile: (arg: SqlExpr, names: Names) => Fragment): Compile =>
  ({ args: [arg] }, env) =>
    arg ? compile(toSql(arg, env), env.names) : NULL;

const ofPlace = (compile: (place: JsonPlace, names: Names) => Fragment): Compile =>
  ofExpr((arg, names) => compile(placeOf(arg, names), names));

const comparison =
  (how: Parameters<typeof compared>[0]): Compile =>
  ({ args: [left, right] }, env) =>
    left && right ? compared(how, toSql(left, env), toSql(right, env), env.names) : NULL;

const arithmetic = (operation: keyof typeof ARITHMETIC): Compile =>
  ofValues(([a = NULL, b = NULL], { type }, names) => ARITHMETIC[operation](a, b, type, names));

const part: Compile = unary((ticks, _names, { operation }) =>
  isTimePart(operation) ? timePart(operation, ticks) : NULL,
);

const branchOf = (expr: Expr, env: Environment): Fragment => env.names.branch(() => toValue(expr, env));

/**
 * `iff(a, x, iff(b, y, z))` is one CASE: so its parts do not get deeper and deeper. What is not chosen
 * is not computed, so each value is an expression of its own.
 */
function chosen(call: Call, env: Environment): Fragment {
  const branches: Fragment[] = [];
  let args = call.args;
  for (let at = 0; at + 1 < args.length; ) {
    const [condition, then] = args.slice(at, at + 2);
    if (condition && then) branches.push(sql`WHEN ${toValue(condition, env)} THEN ${branchOf(then, env)}`);
    at += 2;
    const otherwise = args[at];
    if (at + 1 < args.length || otherwise?.kind !== "call" || otherwise.operation !== "choose") continue;
    args = otherwise.args;
    at = 0;
  }
  const otherwise = args.at(-1);
  return sql`CASE ${joined(branches, " ")} ELSE ${otherwise ? branchOf(otherwise, env) : NULL} END`;
}

const nulls: Compile = ofExpr((arg, names) =>
  arg.kind === "json"
    ? isJsonNull(arg.place, names)
    : arg.type === "dynamic"
      ? isJsonNull(placeOf(arg, names), names)
      : sql`(${sqlOf(arg, names)} IS NULL)`,
);

function roundedCall({ args: [of, decimals] }: Call, env: Environment): Fragment {
  const to = decimals?.kind === "literal" && typeof decimals.value === "bigint" ? decimals.value : 0n;
  return of ? rounded(toValue(of, env), to, env.names) : NULL;
}

const OPERATIONS: Readonly<Record<Exclude<Operation, "parseJson">, Compile>> = {
  all: ofValues((args) => (args.length === 0 ? sql`1` : chain(args, "AND"))),
  any: ofValues((args) => (args.length === 0 ? sql`0` : chain(args, "OR"))),
  not: unary((arg) => sql`(NOT ${arg})`),
  isTrue: unary((arg) => sql`coalesce(${arg}, 0)`),
  isNull: nulls,
  is: comparison("is"),
  equals: comparison("equals"),
  less: comparison("less"),
  lessOrEqual: comparison("lessOrEqual"),
  oneOf: ({ args: [of, ...others] }, env) =>
    of
      ? isOneOf(
          toSql(of, env),
          others.map((other) => toSql(other, env)),
          env.names,
        )
      : NULL,
  choose: chosen,
  orElse: ofValues((args) => sql`coalesce(${joined(args, ", ")})`),
  firstText: ofValues(
    (args) =>
      sql`coalesce(${joined(
        args.map((arg) => sql`nullif(${arg}, '')`),
        ", ",
      )}, '')`,
  ),
  add: arithmetic("add"),
  subtract: arithmetic("subtract"),
  multiply: arithmetic("multiply"),
  divide: arithmetic("divide"),
  remainder: arithmetic("remainder"),
  modulo: arithmetic("modulo"),
  floorTo: arithmetic("floorTo"),
  negate: unary((arg, _names, { type }) => negated(arg, type)),
  absolute: unary((arg, names, { type }) => absolute(arg, type, names)),
  round: roundedCall,
  floor: unary(floorOf),
  ceiling: unary(ceilingOf),
  concat: ofValues((args, _call, names) => concatenated(args, names)),
  lower: unary((arg, names) => folded(arg, "lower", names)),
  upper: unary((arg, names) => folded(arg, "upper", names)),
  trim: unary(trimmed),
  length: unary((arg) => sql`length(${arg})`),
  indexOf: binary((text, what) => sql`(instr(${text}, ${what}) - 1)`),
  substring: ofValues(([text = NULL, start = NULL, length = null]) => substring(text, start, length)),
  slice: ofValues(([text = NULL, start = NULL, length = null], _call, names) => slice(text, start, length, names)),
  replace: ofValues(([text = NULL, what = NULL, by = NULL], _call, names) => replaced(text, what, by, names)),
  year: part,
  month: part,
  day: part,
  hour: part,
  minute: part,
  second: part,
  dayOfYear: part,
  startOfMonth: binary((ticks, offset, names) => startOf("month", ticks, offset, names)),
  startOfYear: binary((ticks, offset, names) => startOf("year", ticks, offset, names)),
  toText: ofExpr(toText),
  toLong: ofExpr((arg, names) => toNumber(arg, "long", names)),
  toReal: ofExpr((arg, names) => toNumber(arg, "real", names)),
  toBool: ofExpr(toBool),
  toPoint: ofExpr(toTime),
  textIn: ofPlace(textIn),
  numberIn: ofPlace(numberIn),
  boolIn: ofPlace(boolIn),
  pointIn: ofExpr(toTime),
  arrayLength: ofPlace(arrayLength),
  bagKeys: ofPlace(bagKeys),
};

import type { Call, Expr, Operation } from "../query/expr.ts";
import { compared, isOneOf } from "./sql-compare.ts";
import { toBool, toNumber, toText, toTime } from "./sql-convert.ts";
import { folded } from "./sql-fold.ts";
import { chain, type Fragment, joined, sql } from "./sql-fragment.ts";
import { arrayLength, bagKeys, boolIn, isJsonNull, type JsonPlace, numberIn, textIn } from "./sql-json.ts";
import type { Names } from "./sql-names.ts";
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
import { concatenated, replaced, slice, substring, trimmed } from "./sql-text.ts";
import { placeOf, type SqlExpr, sqlOf } from "./sql-value.ts";

/** What writes an operation's arguments. */
export interface Writer {
  readonly names: Names;
  write(expr: Expr): SqlExpr;
}

type Compile = (call: Call, writer: Writer) => Fragment;

const toValue = (expr: Expr, { names, write }: Writer): Fragment => sqlOf(write(expr), names);

/** For operations that take values: null as soon as one is null, as SQL itself has it. */
const ofValues =
  (compile: (args: readonly Fragment[], call: Call, names: Names) => Fragment): Compile =>
  (call, writer) =>
    compile(
      call.args.map((arg) => toValue(arg, writer)),
      call,
      writer.names,
    );

const NULL = sql`NULL`;

const unary = (compile: (arg: Fragment, names: Names, call: Call) => Fragment): Compile =>
  ofValues(([arg = NULL], call, names) => compile(arg, names, call));

const binary = (compile: (a: Fragment, b: Fragment, names: Names) => Fragment): Compile =>
  ofValues(([a = NULL, b = NULL], _call, names) => compile(a, b, names));

/** For operations that make something of where a value is, not of the value. */
const ofExpr =
  (compile: (arg: SqlExpr, names: Names) => Fragment): Compile =>
  ({ args: [arg] }, { names, write }) =>
    arg ? compile(write(arg), names) : NULL;

const ofPlace = (compile: (place: JsonPlace, names: Names) => Fragment): Compile =>
  ofExpr((arg, names) => compile(placeOf(arg, names), names));

const comparison =
  (how: Parameters<typeof compared>[0]): Compile =>
  ({ args: [left, right] }, { names, write }) =>
    left && right ? compared(how, write(left), write(right), names) : NULL;

const arithmetic = (operation: keyof typeof ARITHMETIC): Compile =>
  ofValues(([a = NULL, b = NULL], { type }, names) => ARITHMETIC[operation](a, b, type, names));

const part: Compile = unary((ticks, _names, { operation }) =>
  isTimePart(operation) ? timePart(operation, ticks) : NULL,
);

const branchOf = (expr: Expr, writer: Writer): Fragment => writer.names.branch(() => toValue(expr, writer));

/**
 * `iff(a, x, iff(b, y, z))` is one CASE: so its parts do not get deeper and deeper. What is not chosen
 * is not computed, so each value is an expression of its own.
 */
function chosen(call: Call, writer: Writer): Fragment {
  const branches: Fragment[] = [];
  let args = call.args;
  for (let at = 0; at + 1 < args.length; ) {
    const [condition, then] = args.slice(at, at + 2);
    if (condition && then) branches.push(sql`WHEN ${toValue(condition, writer)} THEN ${branchOf(then, writer)}`);
    at += 2;
    const otherwise = args[at];
    if (at + 1 < args.length || otherwise?.kind !== "call" || otherwise.operation !== "choose") continue;
    args = otherwise.args;
    at = 0;
  }
  const otherwise = args.at(-1);
  return sql`CASE ${joined(branches, " ")} ELSE ${otherwise ? branchOf(otherwise, writer) : NULL} END`;
}

const nulls: Compile = ofExpr((arg, names) =>
  arg.kind === "json"
    ? isJsonNull(arg.place, names)
    : arg.type === "dynamic"
      ? isJsonNull(placeOf(arg, names), names)
      : sql`(${sqlOf(arg, names)} IS NULL)`,
);

function roundedCall({ args: [of, decimals] }: Call, writer: Writer): Fragment {
  const to = decimals?.kind === "literal" && typeof decimals.value === "bigint" ? decimals.value : 0n;
  return of ? rounded(toValue(of, writer), to, writer.names) : NULL;
}

/** How each operation is written; `parseJson` is none of values alone. */
export const OPERATIONS: Readonly<Record<Exclude<Operation, "parseJson">, Compile>> = {
  all: ofValues((args) => (args.length === 0 ? sql`1` : chain(args, "AND"))),
  any: ofValues((args) => (args.length === 0 ? sql`0` : chain(args, "OR"))),
  not: unary((arg) => sql`(NOT ${arg})`),
  isTrue: unary((arg) => sql`coalesce(${arg}, 0)`),
  isNull: nulls,
  is: comparison("is"),
  equals: comparison("equals"),
  less: comparison("less"),
  lessOrEqual: comparison("lessOrEqual"),
  oneOf: ({ args: [of, ...others] }, { names, write }) => (of ? isOneOf(write(of), others.map(write), names) : NULL),
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

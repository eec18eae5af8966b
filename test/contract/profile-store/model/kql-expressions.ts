import fc from "fast-check";
import { column, dynamic, type Expression, literal, longOf, type Of, textOf, wholeNumber } from "./kql-base.ts";
import {
  arithmetic,
  atMost,
  equality,
  membership,
  minus,
  numberIn,
  relation,
  stringOperator,
} from "./kql-operators.ts";
import { allOf, anyOf, dateOf, isoOf, MAX_TIME, notOf, type Row, spanOf, TICK, timeOf } from "./values.ts";

const unary = <A, T>(name: string, arg: Of<A>, of: (a: A) => T): Of<T> =>
  arg.map((a) => ({ text: `${name}(${a.text})`, of: (row) => of(a.of(row)) }));

/** Null stays null. */
const lifted =
  <T>(of: (value: bigint) => T) =>
  (value: bigint | null): T | null =>
    value === null ? null : of(value);

/** Letters are code points. */
function substring(text: string, start: bigint, length: bigint): string {
  const letters = [...text];
  const from = start < 0n ? Math.max(letters.length + Number(start), 0) : Number(start);
  return letters.slice(from, from + Number(length)).join("");
}

function indexOf(text: string, part: string): bigint {
  const at = text.indexOf(part);
  return at === -1 ? -1n : BigInt([...text.slice(0, at)].length);
}

function floorTo(ticks: bigint, unit: bigint): bigint {
  return ticks - (((ticks % unit) + unit) % unit);
}
const inRange = (ticks: bigint): bigint | null => (ticks >= 0n && ticks <= MAX_TIME ? ticks : null);

function startOfMonth(ticks: bigint): bigint {
  const date = dateOf(ticks);
  return floorTo(ticks, TICK.day) - BigInt(date.getUTCDate() - 1) * TICK.day;
}

const timeLiteral = fc.constantFrom(
  "2019-03-10T00:00:00Z",
  "2019-03-10T12:30:15.1234567Z",
  "2026-06-15T12:00:00Z",
  "1969-12-31T23:59:59.9999999Z",
);
const spans = fc.constantFrom<readonly [string, bigint]>(
  ["1d", TICK.day],
  ["2h", 2n * TICK.hour],
  ["90s", 90n * TICK.second],
  ["1tick", 1n],
  ["7d", 7n * TICK.day],
);

export const { string, long, bool, time, span } = fc.letrec<{
  string: Expression<string>;
  long: Expression<bigint | null>;
  bool: Expression<boolean | null>;
  time: Expression<bigint | null>;
  span: Expression<bigint | null>;
}>((tie) => ({
  string: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    column,
    literal,
    unary("tostring", dynamic, textOf),
    unary("tolower", tie("string"), (text) => text.toLowerCase()),
    unary("toupper", tie("string"), (text) => text.toUpperCase()),
    fc.array(tie("string"), { minLength: 1, maxLength: 3 }).map((parts) => ({
      text: `strcat(${parts.map((part) => part.text).join(", ")})`,
      of: (row: Row) => parts.map((part) => part.of(row)).join(""),
    })),
    fc
      .tuple(tie("string"), fc.bigInt({ min: -4n, max: 4n }), fc.bigInt({ min: 0n, max: 4n }))
      .map(([of, start, length]) => ({
        text: `substring(${of.text}, ${start}, ${length})`,
        of: (row: Row) => substring(of.of(row), start, length),
      })),
    fc.tuple(tie("bool"), tie("string"), tie("string")).map(([test, yes, no]) => ({
      text: `iff(${test.text}, ${yes.text}, ${no.text})`,
      of: (row: Row) => (test.of(row) === true ? yes.of(row) : no.of(row)),
    })),
    fc.tuple(tie("string"), tie("string")).map(([a, b]) => ({
      text: `coalesce(${a.text}, ${b.text})`,
      of: (row: Row) => a.of(row) || b.of(row),
    })),
    unary("tostring", tie("long"), (value) => (value === null ? "" : String(value))),
    unary("tostring", tie("time"), (value) => (value === null ? "" : isoOf(value))),
    unary("tostring", tie("span"), (value) => (value === null ? "" : spanOf(value))),
    unary("tostring", tie("bool"), (value) => (value === null ? "" : String(value))),
  ),
  long: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.bigInt({ min: 0n, max: 20n }).map((value) => ({ text: String(value), of: () => value })),
    unary("tolong", dynamic, longOf),
    unary("tolong", tie("string"), wholeNumber),
    unary("strlen", tie("string"), (text) => BigInt([...text].length)),
    unary("array_length", dynamic, (json) => (Array.isArray(json) ? BigInt(json.length) : null)),
    unary(
      "getyear",
      tie("time"),
      lifted((ticks) => BigInt(dateOf(ticks).getUTCFullYear())),
    ),
    unary(
      "getmonth",
      tie("time"),
      lifted((ticks) => BigInt(dateOf(ticks).getUTCMonth() + 1)),
    ),
    unary(
      "dayofmonth",
      tie("time"),
      lifted((ticks) => BigInt(dateOf(ticks).getUTCDate())),
    ),
    unary(
      "hourofday",
      tie("time"),
      lifted((ticks) => BigInt(dateOf(ticks).getUTCHours())),
    ),
    fc.tuple(tie("long"), fc.constantFrom("+", "-", "*", "/", "%"), tie("long")).map(([a, operator, b]) => ({
      text: `(${a.text} ${operator} ${b.text})`,
      of: (row: Row) => arithmetic(operator, a.of(row), b.of(row)),
    })),
    fc.tuple(tie("string"), tie("string")).map(([text, part]) => ({
      text: `indexof(${text.text}, ${part.text})`,
      of: (row: Row) => indexOf(text.of(row), part.of(row)),
    })),
    fc.tuple(tie("long"), fc.bigInt({ min: 1n, max: 7n })).map(([a, unit]) => ({
      text: `bin(${a.text}, ${unit})`,
      of: (row: Row) => lifted((value: bigint) => floorTo(value, unit))(a.of(row)),
    })),
  ),
  time: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant({ text: "EventTime", of: (row: Row) => row.time }),
    timeLiteral.map((text) => ({ text: `datetime(${text})`, of: () => timeOf(text) })),
    fc.tuple(tie("time"), fc.constantFrom("+", "-"), spans).map(([a, operator, [text, ticks]]) => ({
      text: `(${a.text} ${operator} ${text})`,
      of: (row: Row) => lifted((value: bigint) => inRange(operator === "+" ? value + ticks : value - ticks))(a.of(row)),
    })),
    unary(
      "startofday",
      tie("time"),
      lifted((ticks) => floorTo(ticks, TICK.day)),
    ),
    unary(
      "endofday",
      tie("time"),
      lifted((ticks) => floorTo(ticks, TICK.day) + TICK.day - 1n),
    ),
    unary("startofmonth", tie("time"), lifted(startOfMonth)),
    unary(
      "startofweek",
      tie("time"),
      lifted((ticks) => inRange(floorTo(ticks, TICK.day) - BigInt(dateOf(ticks).getUTCDay()) * TICK.day)),
    ),
    fc.tuple(tie("time"), spans).map(([a, [text, ticks]]) => ({
      text: `bin(${a.text}, ${text})`,
      of: (row: Row) => lifted((value: bigint) => floorTo(value, ticks))(a.of(row)),
    })),
    unary("todatetime", dynamic, (json) =>
      typeof json === "string" && /^\d{4}-\d\d-\d\d/.test(json)
        ? timeOf(json.length === 10 ? `${json}T00:00:00Z` : json)
        : null,
    ),
  ),
  span: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    spans.map(([text, ticks]) => ({ text, of: () => ticks })),
    fc.tuple(tie("time"), tie("time")).map(([a, b]) => ({
      text: `(${a.text} - ${b.text})`,
      of: (row: Row) => minus(a.of(row), b.of(row)),
    })),
    unary(
      "dayofweek",
      tie("time"),
      lifted((ticks) => BigInt(dateOf(ticks).getUTCDay()) * TICK.day),
    ),
  ),
  bool: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(true, false).map((value) => ({ text: String(value), of: () => value })),
    stringOperator(tie("string"), tie("string")),
    stringOperator(
      dynamic.map((json) => ({ ...json, of: (row: Row) => textOf(json.of(row)) })),
      literal,
    ),
    equality(tie("string"), tie("string"), (a, b) => a === b),
    equality(tie("long"), tie("long"), (a, b) => a === b),
    equality(tie("time"), tie("time"), (a, b) => a === b),
    equality(
      dynamic.map((json) => ({ ...json, of: (row: Row) => textOf(json.of(row)) })),
      tie("string"),
      (a, b) => a === b,
    ),
    equality(
      dynamic.map((json) => ({ ...json, of: (row: Row) => numberIn(json.of(row)) })),
      tie("long"),
      (a, b) => a === Number(b),
    ),
    relation(tie("long"), tie("long")),
    relation(tie("time"), tie("time")),
    relation(tie("span"), tie("span")),
    relation(
      dynamic.map((json) => ({ ...json, of: (row: Row) => numberIn(json.of(row)) })),
      tie("long"),
    ),
    fc.array(tie("bool"), { minLength: 2, maxLength: 3 }).map((parts) => ({
      text: `(${parts.map((part) => part.text).join(" and ")})`,
      of: (row: Row) => allOf(parts.map((part) => part.of(row))),
    })),
    fc.array(tie("bool"), { minLength: 2, maxLength: 3 }).map((parts) => ({
      text: `(${parts.map((part) => part.text).join(" or ")})`,
      of: (row: Row) => anyOf(parts.map((part) => part.of(row))),
    })),
    unary("not", tie("bool"), notOf),
    unary("isempty", tie("string"), (text) => text === ""),
    unary("isnotempty", dynamic, (json) => textOf(json) !== ""),
    unary("isnull", tie("long"), (value) => value === null),
    unary("isnotnull", dynamic, (json) => json !== undefined && json !== null),
    fc
      .tuple(tie("time"), fc.constantFrom("between", "!between"), tie("time"), tie("time"))
      .map(([a, operator, low, high]) => ({
        text: `(${a.text} ${operator} (${low.text} .. ${high.text}))`,
        of: (row: Row) => {
          const inside = allOf([atMost(low.of(row), a.of(row)), atMost(a.of(row), high.of(row))]);
          return operator === "between" ? inside : notOf(inside);
        },
      })),
    membership(tie("string")),
  ),
}));

import fc from "fast-check";
import { STRINGS, word } from "./events.ts";
import { allOf, anyOf, at, compareText, dateOf, type Json, notOf, type Row, TICK, timeOf } from "./values.ts";

/** An OData expression, and what it is for a row. */
export interface Expression<T> {
  readonly text: string;
  readonly of: (row: Row) => T;
}
type Of<T> = fc.Arbitrary<Expression<T>>;

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const column: Of<string | null> = fc
  .constantFrom(...STRINGS)
  .map((name) => ({ text: name, of: (row) => row.strings[name] ?? null }));
const literal: Of<string | null> = word.map((text) => ({ text: quote(text), of: () => text }));
/** Clients write values without quotes, and mean a string where one stands. */
const unquoted: Of<string | null> = fc
  .constantFrom(
    "pageview",
    "a@b.com",
    "d1",
    "5",
    "05",
    "true",
    "2026-06-15",
    "Malmö",
    "x-y_z",
    "https://example.com/?a=b",
  )
  .map((text) => ({ text, of: () => text }));

const PATHS = [["a"], ["b"], ["a", "a"], ["a", "deep", "b"], ["2"], ["content-type"]] as const;
const json: Of<Json | undefined> = fc.oneof(
  fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom("/", ".")).map(([keys, separator]) => ({
    text: ["Payload", ...keys].join(separator),
    of: (row: Row) => at(row.Payload, ...keys),
  })),
  fc.constantFrom("Email", "Name").map((key) => ({ text: `User/${key}`, of: (row: Row) => at(row.User, key) })),
);
const textIn = (of: Json | undefined): string | null => (typeof of === "string" ? of : null);
const numberIn = (of: Json | undefined): number | null => (typeof of === "number" ? of : null);

/** A function of what is not null. */
const call = <A, T>(
  name: string,
  args: readonly Expression<A | null>[],
  of: (...values: A[]) => T,
): Expression<T | null> => ({
  text: `${name}(${args.map((arg) => arg.text).join(",")})`,
  of: (row) => {
    const values = args.map((arg) => arg.of(row));
    return values.some((value) => value === null) ? null : of(...(values as A[]));
  },
});

const inCase = (operator: string): fc.Arbitrary<string> => fc.constantFrom(operator, operator.toUpperCase());

/** `eq` and its kin are true or false, also of nulls. */
function comparison<A, B>(
  left: Of<A | null>,
  right: Of<B | null>,
  compare: (a: A, b: B) => number,
): Of<boolean | null> {
  const operator = fc
    .constantFrom("eq", "ne", "gt", "ge", "lt", "le")
    .chain((name) => fc.tuple(fc.constant(name), inCase(name)));
  return fc.tuple(left, operator, right).map(([a, [name, written], b]) => ({
    text: `${a.text} ${written} ${b.text}`,
    of: (row) => compared(name, a.of(row), b.of(row), compare),
  }));
}

function compared<A, B>(name: string, x: A | null, y: B | null, compare: (a: A, b: B) => number): boolean {
  if (x === null || y === null) {
    const isBoth = x === null && y === null;
    return name === "eq" ? isBoth : name === "ne" && !isBoth;
  }
  const difference = compare(x, y);
  const results: Record<string, boolean> = {
    eq: difference === 0,
    ne: difference !== 0,
    gt: difference > 0,
    ge: difference >= 0,
    lt: difference < 0,
    le: difference <= 0,
  };
  return results[name] ?? false;
}

const byText = (a: string, b: string): number => compareText(a, b);
const byNumber = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const nothing: Of<never | null> = fc.constant({ text: "null", of: () => null });
const times = fc.constantFrom(
  "2019-03-10T12:30:15.1234567Z",
  "2019-03-10T00:00:00",
  "2026-06-15T14:00:00.1234567+02:00",
);
const timeLiteral: Of<bigint | null> = times.map((text) => ({
  text,
  of: () =>
    text.endsWith("+02:00")
      ? timeOf(text.replace("+02:00", "Z")) - 2n * TICK.hour
      : timeOf(text.endsWith("Z") ? text : `${text}Z`),
}));

export const { string, number, time, bool } = fc.letrec<{
  string: Expression<string | null>;
  number: Expression<number | null>;
  time: Expression<bigint | null>;
  bool: Expression<boolean | null>;
}>((tie) => ({
  string: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    column,
    literal,
    tie("string").map((a) => call("tolower", [a], (text: string) => text.toLowerCase())),
    tie("string").map((a) => call("toupper", [a], (text: string) => text.toUpperCase())),
    tie("string").map((a) => call("trim", [a], (text: string) => text.trim())),
    fc.tuple(tie("string"), tie("string")).map((args) => call("concat", args, (a: string, b: string) => a + b)),
    fc.tuple(tie("string"), fc.nat({ max: 4 }), fc.nat({ max: 4 })).map(([a, start, length]) => ({
      ...call("substring", [a], (text: string) => [...text].slice(start, start + length).join("")),
      text: `substring(${a.text}, ${start}, ${length})`,
    })),
  ),
  number: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.integer({ min: -5, max: 30 }).map((value) => ({ text: String(value), of: () => value })),
    tie("string").map((a) => call("length", [a], (text: string) => [...text].length)),
    fc.tuple(tie("string"), tie("string")).map((args) => call("indexof", args, indexOf)),
    tie("time").map((a) => call("year", [a], (ticks: bigint) => dateOf(ticks).getUTCFullYear())),
    tie("time").map((a) => call("month", [a], (ticks: bigint) => dateOf(ticks).getUTCMonth() + 1)),
    tie("time").map((a) => call("day", [a], (ticks: bigint) => dateOf(ticks).getUTCDate())),
    tie("time").map((a) => call("hour", [a], (ticks: bigint) => dateOf(ticks).getUTCHours())),
    tie("time").map((a) => call("second", [a], (ticks: bigint) => dateOf(ticks).getUTCSeconds())),
    fc
      .tuple(tie("number"), fc.constantFrom("add", "sub", "mul", "div", "mod"), tie("number"))
      .map(([a, operator, b]) => ({
        text: `(${a.text} ${operator} ${b.text})`,
        of: (row: Row) => arithmetic(operator, a.of(row), b.of(row)),
      })),
  ),
  time: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant({ text: "EventTime", of: (row: Row) => row.time }),
    timeLiteral,
    tie("time").map((a) => call("date", [a], (ticks: bigint) => ticks - (((ticks % TICK.day) + TICK.day) % TICK.day))),
  ),
  bool: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(true, false, null).map((value) => ({ text: String(value), of: () => value })),
    comparison(tie("string"), fc.oneof(tie("string"), nothing), byText),
    comparison(column, unquoted, byText),
    comparison(tie("number"), tie("number"), byNumber),
    comparison(tie("time"), tie("time"), byNumber),
    comparison(
      json.map((a) => ({ ...a, of: (row) => textIn(a.of(row)) })),
      literal,
      byText,
    ),
    comparison(
      json.map((a) => ({ ...a, of: (row) => numberIn(a.of(row)) })),
      tie("number"),
      byNumber,
    ),
    json.chain((a) =>
      fc.constantFrom("eq", "ne").map((name) => ({
        text: `${a.text} ${name} null`,
        of: (row: Row) => ((a.of(row) ?? null) === null) === (name === "eq"),
      })),
    ),
    fc.constantFrom("eq", "ne").map((name) => ({
      text: `EventTime ${name} 2019-03-10`,
      of: (row: Row) =>
        (row.time >= timeOf("2019-03-10T00:00:00Z") && row.time < timeOf("2019-03-11T00:00:00Z")) === (name === "eq"),
    })),
    fc.tuple(fc.constantFrom("contains", "startswith", "endswith"), tie("string"), tie("string")).map(([name, a, b]) =>
      call(name, [a, b], (text: string, part: string) => {
        if (name === "contains") return text.includes(part);
        return name === "startswith" ? text.startsWith(part) : text.endsWith(part);
      }),
    ),
    fc.tuple(tie("string"), fc.array(word, { maxLength: 3 })).map(([a, list]) => ({
      text: `${a.text} in (${list.map(quote).join(", ")})`,
      of: (row: Row) => list.includes(a.of(row) ?? "\0"),
    })),
    fc.tuple(inCase("and"), fc.array(tie("bool"), { minLength: 2, maxLength: 3 })).map(([operator, parts]) => ({
      text: `(${parts.map((part) => part.text).join(` ${operator} `)})`,
      of: (row: Row) => allOf(parts.map((part) => part.of(row))),
    })),
    fc.tuple(inCase("or"), fc.array(tie("bool"), { minLength: 2, maxLength: 3 })).map(([operator, parts]) => ({
      text: `(${parts.map((part) => part.text).join(` ${operator} `)})`,
      of: (row: Row) => anyOf(parts.map((part) => part.of(row))),
    })),
    fc
      .tuple(inCase("not"), tie("bool"))
      .map(([operator, a]) => ({ text: `${operator} (${a.text})`, of: (row: Row) => notOf(a.of(row)) })),
    lambda(),
  ),
}));

function indexOf(text: string, part: string): number {
  const found = text.indexOf(part);
  return found === -1 ? -1 : [...text.slice(0, found)].length;
}

function arithmetic(operator: string, a: number | null, b: number | null): number | null {
  if (a === null || b === null || (b === 0 && (operator === "div" || operator === "mod"))) return null;
  const results: Record<string, number> = { add: a + b, sub: a - b, mul: a * b, div: Math.trunc(a / b), mod: a % b };
  // There is no minus zero among whole numbers.
  return (results[operator] ?? 0) + 0;
}

/** `any` and `all` over the items of an array; anything else has none. */
function lambda(): Of<boolean | null> {
  const test = fc.oneof(
    fc.constantFrom("eq", "gt", "le").chain((name) =>
      fc.integer({ min: 0, max: 5 }).map((value) => ({
        text: `x ${name} ${value}`,
        of: (item: Json) => compared(name, numberIn(item), value, byNumber),
      })),
    ),
    word.map((value) => ({
      text: `contains(x,${quote(value)})`,
      of: (item: Json) => textIn(item)?.includes(value) ?? null,
    })),
    word.map((value) => ({
      text: `x ne ${quote(value)} and x ne null`,
      of: (item: Json) => textIn(item) !== value && item !== null,
    })),
  );
  return fc.tuple(fc.constantFrom("any", "all"), test).map(([quantifier, condition]) => ({
    text: `Payload/list/${quantifier}(x:${condition.text})`,
    of: (row) => {
      const list = at(row.Payload, "list");
      const results = Array.isArray(list) ? list.map((item) => condition.of(item) === true) : [];
      return quantifier === "any" ? results.includes(true) : !results.includes(false);
    },
  }));
}

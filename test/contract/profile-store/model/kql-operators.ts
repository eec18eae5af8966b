import fc from "fast-check";
import { word } from "./events.ts";
import { type Of, quote } from "./kql-base.ts";
import { hasTerm, type Json, type Scalar } from "./values.ts";

export function arithmetic(operator: string, a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null || (b === 0n && (operator === "/" || operator === "%"))) return null;
  const size = b < 0n ? -b : b;
  const results: Record<string, () => bigint> = {
    "+": () => a + b,
    "-": () => a - b,
    "*": () => a * b,
    "/": () => a / b,
    "%": () => ((a % size) + size) % size,
  };
  // What is beyond 64 bits ends where they do.
  return BigInt.asIntN(64, clamp(results[operator]?.() ?? 0n));
}
const LAST = 2n ** 63n - 1n;
const clamp = (value: bigint): bigint => (value > LAST ? LAST : value < -LAST - 1n ? -LAST - 1n : value);
export const minus = (a: bigint | null, b: bigint | null): bigint | null => (a === null || b === null ? null : a - b);
export const numberIn = (json: Json | undefined): number | null => (typeof json === "number" ? json : null);
export const atMost = (a: Scalar, b: Scalar): boolean | null => (a === null || b === null ? null : a <= b);

/** `==` of two nulls is null, of one it is false. */
export function equality<A, B>(
  left: Of<A>,
  right: Of<B>,
  same: (a: NonNullable<A>, b: NonNullable<B>) => boolean,
): Of<boolean | null> {
  return fc.tuple(left, fc.constantFrom("==", "!="), right).map(([a, operator, b]) => ({
    text: `(${a.text} ${operator} ${b.text})`,
    of: (row) => {
      const [x, y] = [a.of(row), b.of(row)];
      if (x === null && y === null) return null;
      const equal = x !== null && y !== null && x !== undefined && y !== undefined && same(x, y);
      return operator === "==" ? equal : !equal;
    },
  }));
}

export function relation<A extends bigint | number | null, B extends bigint | number | null>(
  left: Of<A>,
  right: Of<B>,
): Of<boolean | null> {
  return fc.tuple(left, fc.constantFrom("<", "<=", ">", ">="), right).map(([a, operator, b]) => ({
    text: `(${a.text} ${operator} ${b.text})`,
    of: (row) => {
      const [x, y] = [a.of(row), b.of(row)];
      if (x === null || y === null) return null;
      return { "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y }[operator] ?? null;
    },
  }));
}

const TESTS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
  has: (text, part) => hasTerm(text, part, { start: true, end: true }),
  hasprefix: (text, part) => hasTerm(text, part, { start: true, end: false }),
  hassuffix: (text, part) => hasTerm(text, part, { start: false, end: true }),
};

export function stringOperator(left: Of<string>, right: Of<string>): Of<boolean | null> {
  const operator = fc.oneof(
    fc.constantFrom("=~", "!~"),
    fc
      .tuple(fc.constantFrom("", "!"), fc.constantFrom(...Object.keys(TESTS)), fc.constantFrom("", "_cs"))
      .map((parts) => parts.join("")),
  );
  return fc.tuple(left, operator, right).map(([a, name, b]) => ({
    text: `(${a.text} ${name} ${b.text})`,
    of: (row) => {
      const fold = (text: string) => (name.endsWith("_cs") ? text : text.toLowerCase());
      const test = TESTS[name.replace("!", "").replace("_cs", "")] ?? ((text, part) => text === part);
      const found = test(fold(a.of(row)), fold(b.of(row)));
      return name.startsWith("!") ? !found : found;
    },
  }));
}

export function membership(operand: Of<string>): Of<boolean | null> {
  return fc
    .tuple(
      operand,
      fc.constantFrom("in", "!in", "in~", "!in~", "has_any", "has_all"),
      fc.array(word, { minLength: 1, maxLength: 3 }),
    )
    .map(([a, operator, list]) => ({
      text: `(${a.text} ${operator} (${list.map(quote).join(", ")}))`,
      of: (row) => {
        const text = a.of(row);
        const hits = list.map((item) => {
          if (operator.startsWith("has"))
            return hasTerm(text.toLowerCase(), item.toLowerCase(), { start: true, end: true });
          return operator.endsWith("~") ? text.toLowerCase() === item.toLowerCase() : text === item;
        });
        const found = operator === "has_all" ? hits.every(Boolean) : hits.some(Boolean);
        return operator.startsWith("!") ? !found : found;
      },
    }));
}

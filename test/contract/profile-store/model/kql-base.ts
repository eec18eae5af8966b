import fc from "fast-check";
import { KEYS, STRINGS, word } from "./events.ts";
import { at, type Json, type Row } from "./values.ts";

/** A KQL expression, and what it is for a row. */
export interface Expression<T> {
  readonly text: string;
  readonly of: (row: Row) => T;
}
export type Of<T> = fc.Arbitrary<Expression<T>>;

export const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

/** A string is never null. */
export const column: Of<string> = fc
  .constantFrom(...STRINGS)
  .map((name) => ({ text: name, of: (row) => row.strings[name] ?? "" }));
export const literal: Of<string> = word.map((text) => ({ text: quote(text), of: () => text }));

const segment = (key: string | number): string => {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z]\w*$/.test(key) ? `.${key}` : `[${quote(key)}]`;
};
const keys = fc.oneof(
  fc.tuple(fc.constantFrom<string | number>(...KEYS)),
  fc.tuple(fc.constantFrom<string | number>("a", "b"), fc.constantFrom<string | number>("a", "deep", "b")),
  fc.tuple(fc.constantFrom<string | number>("list", "a"), fc.constantFrom<string | number>(0, 1, -1)),
  fc.constant<(string | number)[]>(["a", "deep", "b"]),
);
export const dynamic: Of<Json | undefined> = fc.oneof(
  keys.map((path) => ({ text: `Payload${path.map(segment).join("")}`, of: (row: Row) => at(row.Payload, ...path) })),
  fc.constantFrom("Email", "Name").map((key) => ({ text: `User.${key}`, of: (row: Row) => at(row.User, key) })),
);

export function textOf(json: Json | undefined): string {
  if (json === undefined || json === null) return "";
  return typeof json === "string" ? json : JSON.stringify(json);
}
/** A whole number that a text writes; JSON has no 05, people do. */
export function wholeNumber(text: string): bigint | null {
  return /^-?(?:0|[1-9]\d*)$|^0\d+$/.test(text.trim()) ? BigInt(text.trim()) : null;
}
export function longOf(json: Json | undefined): bigint | null {
  if (typeof json === "number") return BigInt(Math.trunc(json));
  if (typeof json === "boolean") return json ? 1n : 0n;
  return typeof json === "string" ? wholeNumber(json) : null;
}

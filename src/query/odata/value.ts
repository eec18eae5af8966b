import { bool, call, long, nothing, path, point, text } from "../build.ts";
import type { Expr } from "../expr.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import { parsePoint, ticksOfSpan } from "../ticks.ts";

/** Something that an expression is made of, bound as far as it can be without knowing what it meets. */
export interface Value {
  readonly expr: Expr;
  readonly position: number;
  /** As it was written, for a literal without quotes: beside a string it is one. Else null. */
  readonly source: string | null;
  /** `name`: a word that is no property and no literal. `null`: the literal. `date`: a day without a time. */
  readonly kind: "plain" | "name" | "null" | "date";
}

export const plain = (expr: Expr, position: number): Value => ({ expr, position, source: null, kind: "plain" });

/** What a word can be beside a literal. */
export interface Known {
  readonly properties: ReadonlyMap<string, Expr>;
  /** Variables of the lambdas around. */
  readonly variables: ReadonlyMap<string, Expr>;
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d{1,19}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT/i;
const MAX_LONG = 9_223_372_036_854_775_807n;

/** A word as what it is by itself. */
export function valueOfWord(word: string, position: number, known: Known): Value {
  const literal = literalOf(word, position);
  if (literal) return literal;
  const expr = pathOf(word, position, known);
  if (expr) return plain(expr, position);
  return { expr: text(word), position, source: word, kind: "name" };
}

function literalOf(word: string, position: number): Value | null {
  const lower = word.toLowerCase();
  const literal = (expr: Expr, kind: Value["kind"] = "plain"): Value => ({ expr, position, source: word, kind });
  if (lower === "null") return literal(nothing("string"), "null");
  if (lower === "true" || lower === "false") return literal(bool(lower === "true"));
  if (NUMBER.test(word)) return literal(numberOf(word));
  if (DATE.test(word) || DATE_TIME.test(word)) {
    const ticks = parsePoint(word);
    // A string may look like a date; whether it has to be one is seen when it meets something.
    if (ticks !== null) return literal(point(ticks), DATE.test(word) ? "date" : "plain");
  }
  return null;
}

function numberOf(word: string): Expr {
  const size = INTEGER.test(word) ? BigInt(word.replace("+", "")) : null;
  if (size !== null && size <= MAX_LONG && size >= -MAX_LONG) return long(size);
  return { kind: "literal", type: "real", value: Number(word) };
}

/** `Payload/epi/campaign`, or with dots; null where it does not begin with a name that is known. */
function pathOf(word: string, position: number, { properties, variables }: Known): Expr | null {
  const [first = "", ...rest] = word.split(/[/.]/);
  const start = variables.get(first) ?? properties.get(first);
  if (!start) return null;
  if (rest.length > LIMITS.path) throw new QueryError(`The path has more than ${LIMITS.path} parts`, position);
  return rest.reduce((of, key, at) => {
    if (of.type !== "dynamic") throw new QueryError(`${first} has no properties`, position);
    if (key === "") throw new QueryError(`The path ${word.slice(0, 40)} has a name missing`, position);
    if (key === "$count" && at === rest.length - 1) return call("arrayLength", "long", of);
    if (/^[$@]/.test(key)) throw new QueryError(`${key.slice(0, 40)} is not supported in a path`, position);
    return path(of, key);
  }, start);
}

const DURATION = /^([+-])?P(?:(\d{1,8})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})(?:\.(\d{1,7}))?S)?)?$/i;

/** `P1DT2H3M4.5S` → ticks; null for anything else. */
export function parseDurationTicks(duration: string): bigint | null {
  const fields = DURATION.exec(duration);
  if (!fields || /[PT]$/i.test(duration)) return null;
  const [, sign, days = "0", hours = "0", minutes = "0", seconds = "0", fraction = ""] = fields;
  const ticks = ticksOfSpan({ days, hours, minutes, seconds, fraction });
  return sign === "-" ? -ticks : ticks;
}

/** @throws QueryError for a word that is neither property nor literal, where it has to be one. */
export function assertKnown(value: Value, { properties }: Known): Value {
  if (value.kind !== "name") return value;
  const word = value.source ?? "";
  const first = word.split(/[/.]/)[0]?.toLowerCase();
  const near = [...properties.keys()].find((name) => name.toLowerCase() === first);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new QueryError(`There is no property ${word.slice(0, 80)}${hint}`, value.position);
}

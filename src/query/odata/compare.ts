import { call, junction, match, not, nothing, point, text } from "../build.ts";
import type { Expr, Operation, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { isPoint, TICKS_PER_DAY } from "../ticks.ts";
import type { Value } from "./value.ts";

const isNumber = (type: ValueType): boolean => type === "long" || type === "real";

/** What a dynamic holds of a type; null where it holds something else. */
export function contentOf(expr: Expr, type: ValueType): Expr {
  const readers: Partial<Record<ValueType, Operation>> = {
    string: "textIn",
    long: "numberIn",
    real: "numberIn",
    bool: "boolIn",
    datetime: "pointIn",
  };
  const reader = readers[type];
  return reader ? call(reader, type === "long" ? "real" : type, expr) : nothing(type);
}

/** A literal without quotes is a string where it meets one; so is a name. */
function meeting(value: Value, other: Value): Value {
  const isText = other.expr.type === "string" && other.kind !== "null" && value.kind !== "null";
  const isNameBesideJson = value.kind === "name" && other.expr.type === "dynamic";
  if (value.source === null || value.kind === "null" || !(isText || isNameBesideJson)) return value;
  return { ...value, expr: text(value.source), kind: "plain" };
}

/** Both sides as values of one type. @throws QueryError where they have nothing in common. */
function alike(operator: string, left: Value, right: Value): readonly [Value, Value] {
  const [a, b] = [meeting(left, right), meeting(right, left)];
  if (b.kind === "name")
    throw new QueryError(`${describe(a.expr.type)} cannot be compared with ${b.source}`, b.position);
  const [x, y] = [a.expr.type, b.expr.type];
  if (x === y || a.kind === "null" || b.kind === "null" || (isNumber(x) && isNumber(y))) return [a, b];
  if (x === "dynamic") return [{ ...a, expr: contentOf(a.expr, y) }, b];
  if (y === "dynamic") return [a, { ...b, expr: contentOf(b.expr, x) }];
  const quotes = b.source === null && b.expr.kind === "literal" && y === "string" ? "; write it without quotes" : "";
  throw new QueryError(`${operator} cannot compare ${describe(x)} with ${describe(y)}${quotes}`, b.position);
}

const NAMES: Readonly<Record<ValueType, string>> = {
  string: "a string",
  bool: "a Boolean",
  long: "a number",
  real: "a number",
  datetime: "a date-time",
  timespan: "a duration",
  dynamic: "a property of a document",
};
export const describe = (type: ValueType): string => NAMES[type];

/** `eq`, `ne`, `gt`, `ge`, `lt`, `le`: never null. */
export function comparison(operator: string, left: Value, right: Value): Expr {
  const [a, b] = alike(operator, left, right);
  if (operator === "eq") return equality(a, b);
  if (operator === "ne") return not(equality(a, b));
  if (a.kind === "null" || b.kind === "null") return call("isTrue", "bool", nothing("bool"));
  const [low, high] = operator === "lt" || operator === "le" ? [a.expr, b.expr] : [b.expr, a.expr];
  const operation = operator === "lt" || operator === "gt" ? "less" : "lessOrEqual";
  const ordered = (type: ValueType): Expr =>
    call("isTrue", "bool", call(operation, "bool", contentOf(low, type), contentOf(high, type)));
  if (low.type === "dynamic" && high.type === "dynamic") return junction("any", [ordered("real"), ordered("string")]);
  return call("isTrue", "bool", call(operation, "bool", low, high));
}

function equality(a: Value, b: Value): Expr {
  if (a.kind === "null" && b.kind === "null") return call("isNull", "bool", nothing("string"));
  if (a.kind === "null") return call("isNull", "bool", b.expr);
  if (b.kind === "null") return call("isNull", "bool", a.expr);
  if (b.kind === "date" && a.kind !== "date") return withinDay(a.expr, b.expr);
  if (a.kind === "date" && b.kind !== "date") return withinDay(b.expr, a.expr);
  if (a.expr.type === "dynamic" && b.expr.type === "dynamic") return sameJson(a.expr, b.expr);
  const folded = match("equals", false, a.expr, b.expr);
  const isFolded = folded.kind === "match" && folded.ignoreCase;
  return isFolded ? call("isTrue", "bool", folded) : call("is", "bool", a.expr, b.expr);
}

/** A date alone is the whole day. */
function withinDay(of: Expr, date: Expr): Expr {
  const start = date.kind === "literal" && typeof date.value === "bigint" ? date.value : 0n;
  const next = isPoint(start + TICKS_PER_DAY) ? [call("less", "bool", of, point(start + TICKS_PER_DAY))] : [];
  return call("isTrue", "bool", junction("all", [call("lessOrEqual", "bool", date, of), ...next]));
}

/** Two documents' values are the same where both are null, or the same text, number or truth. */
function sameJson(a: Expr, b: Expr): Expr {
  const same = (type: ValueType): Expr =>
    call("isTrue", "bool", call("equals", "bool", contentOf(a, type), contentOf(b, type)));
  const isNothing = junction("all", [call("isNull", "bool", a), call("isNull", "bool", b)]);
  return junction("any", [isNothing, same("string"), same("real"), same("bool")]);
}

/** `in`: whether it `eq`uals one of them; never null. */
export function membership(operand: Value, items: readonly Value[]): Expr {
  const pairs = items.map((item) => alike("in", operand, item));
  const [first] = pairs;
  const isPlain = pairs.every(
    ([of, item]) => item.expr.kind === "literal" && item.kind === "plain" && of.expr.type === first?.[0].expr.type,
  );
  if (first && isPlain) return call("oneOf", "bool", first[0].expr, ...pairs.map(([, item]) => item.expr));
  return junction(
    "any",
    pairs.map(([of, item]) => equality(of, item)),
  );
}

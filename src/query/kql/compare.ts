import { bool, call, junction, match, not, text } from "../build.ts";
import type { Expr, Literal } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { type Arg, isLiteral, isNeverNull, isNumeric, undefinedFor } from "./arg.ts";
import { add } from "./arithmetic.ts";
import { contentAs, toLong, toText } from "./convert.ts";

/** Both sides as values of one type; null where they cannot be compared. */
function alike(left: Expr, right: Expr): readonly [Expr, Expr] | null {
  if (left.type === "dynamic" && right.type === "dynamic") return [wholeText(left), wholeText(right)];
  if (right.type === "dynamic") {
    const content = contentAs(right, left.type);
    return content && [left, content];
  }
  if (left.type === "dynamic") {
    const content = contentAs(left, right.type);
    return content && [content, right];
  }
  if (left.type === right.type || (isNumeric(left.type) && isNumeric(right.type))) return [left, right];
  if (left.type === "bool" && isNumeric(right.type)) return [toLong(left), right];
  return right.type === "bool" && isNumeric(left.type) ? [left, toLong(right)] : null;
}

/** A dynamic's text, null where it is null. */
const wholeText = (expr: Expr): Expr =>
  call(
    "choose",
    "string",
    call("isNull", "bool", expr),
    { kind: "literal", type: "string", value: null },
    toText(expr),
  );

/** `==`: null where both sides are null, false where one is. */
export function equality(left: Arg, right: Arg, position: number): Expr {
  const sides = alike(left.expr, right.expr);
  if (!sides) throw undefinedFor("==", left, right, position);
  const [a, b] = sides;
  if (a.type === "string" && b.type === "string" && left.expr.type !== "dynamic") {
    const folded = foldedEquality(a, b) ?? foldedEquality(b, a);
    if (folded) return folded;
  }
  const isBothDynamic = left.expr.type === "dynamic" && right.expr.type === "dynamic";
  return call(!isBothDynamic && (isNeverNull(a) || isNeverNull(b)) ? "is" : "equals", "bool", a, b);
}

/** `tolower(x) == "text"` without folding x; null where it is something else. */
function foldedEquality(folded: Expr, pattern: Expr): Expr | null {
  const matched = match("equals", false, folded, pattern);
  return matched.kind === "match" && matched.ignoreCase ? matched : null;
}

/** `<`, `<=`, `>` and `>=`: null where one side is null. */
export function order(operator: string, left: Arg, right: Arg, position: number): Expr {
  const isDynamic = left.expr.type === "dynamic" || right.expr.type === "dynamic";
  const sides = alike(left.expr, right.expr);
  const type = sides?.[0].type;
  const isOrdered = type !== undefined && type !== "string" && !(isDynamic && !isNumeric(type));
  if (!sides || !isOrdered) throw undefinedFor(operator, left, right, position);
  const [a, b] = sides;
  if (operator.startsWith("<")) return call(operator === "<" ? "less" : "lessOrEqual", "bool", a, b);
  return call(operator === ">" ? "less" : "lessOrEqual", "bool", b, a);
}

/** `between (low .. high)`, both ends inclusive; `high` may be a time span from `low` on. */
export function between(operand: Arg, low: Arg, high: Arg, position: number): Expr {
  if (!isRange(operand, low, high)) {
    const types = [operand, low, high].map(({ expr }) => expr.type);
    throw new QueryError(`between is not defined for ${types[0]}, ${types[1]} and ${types[2]}`, position);
  }
  const isSpan = high.expr.type === "timespan" && low.expr.type === "datetime";
  const end = isSpan ? { ...high, expr: add("+", low, high, position) } : high;
  return junction("all", [order("<=", low, operand, low.position), order("<=", operand, end, high.position)]);
}

/** Numbers, times or time spans; a dynamic between numbers of one type, or a number between two dynamics. */
function isRange(operand: Arg, low: Arg, high: Arg): boolean {
  const [type, from, to] = [operand.expr.type, low.expr.type, high.expr.type];
  if (type === "datetime") return from === "datetime" && (to === "datetime" || to === "timespan");
  if (type === "timespan") return from === "timespan" && to === "timespan";
  if (type === "dynamic") return from === to && isNumeric(from);
  return isNumeric(type) && ((isNumeric(from) && isNumeric(to)) || (from === "dynamic" && to === "dynamic"));
}

/** The values of a dynamic literal that is an array, each as a literal of its own; null for anything else. */
function spread(arg: Arg): readonly Arg[] | null {
  if (!isLiteral(arg.expr) || arg.expr.type !== "dynamic" || typeof arg.expr.value !== "string") return null;
  const values: unknown = JSON.parse(arg.expr.value);
  return Array.isArray(values) ? values.map((value) => ({ expr: literalOf(value), position: arg.position })) : null;
}

function literalOf(value: unknown): Literal {
  if (typeof value === "string") return text(value);
  if (typeof value === "boolean") return bool(value);
  if (typeof value !== "number") return { kind: "literal", type: "dynamic", value: JSON.stringify(value) };
  if (Number.isSafeInteger(value)) return { kind: "literal", type: "long", value: BigInt(value) };
  return { kind: "literal", type: "real", value };
}

/** `in`, `in~` and what each negates; also of the items of an array that is not known beforehand. */
export function membership(operator: string, operand: Arg, list: readonly Arg[], position: number): Expr {
  const ignoreCase = operator.endsWith("~");
  const items = list.flatMap((item) => spread(item) ?? [item]);
  const found = ignoreCase
    ? junction(
        "any",
        items.map((item) => sameText(operand, item)),
      )
    : exactMembership(operand, items, position);
  const isIn = items.length === 0 ? bool(false) : found;
  return operator.startsWith("!") ? not(isIn) : isIn;
}

function exactMembership(operand: Arg, items: readonly Arg[], position: number): Expr {
  const isPlain = items.every(
    (item) => isLiteral(item.expr) && item.expr.value !== null && item.expr.type === items[0]?.expr.type,
  );
  const [first] = items;
  const sides = isPlain && first ? alike(operand.expr, first.expr) : null;
  const isDynamic = first?.expr.type === "dynamic";
  if (sides && !isDynamic && sides[1] === first?.expr) {
    return call("oneOf", "bool", sides[0], ...items.map((item) => item.expr));
  }
  return junction(
    "any",
    items.map((item) => memberOf(operand, item, position)),
  );
}

/** Whether the operand is the item, or one of its items. */
function memberOf(operand: Arg, item: Arg, position: number): Expr {
  const same = equality(operand, item, position);
  if (item.expr.type !== "dynamic" || isLiteral(item.expr)) return same;
  const symbol = Symbol("item");
  const each: Arg = { expr: { kind: "item", type: "dynamic", item: symbol }, position: item.position };
  const some: Expr = {
    kind: "quantified",
    type: "bool",
    quantifier: "some",
    of: item.expr,
    item: symbol,
    condition: equality(operand, each, position),
  };
  return junction("any", [same, some]);
}

function sameText(operand: Arg, item: Arg): Expr {
  if (operand.expr.type !== "string" && operand.expr.type !== "dynamic") {
    throw new QueryError(`in~ takes string or dynamic, not ${operand.expr.type}`, operand.position);
  }
  return match("equals", true, toText(operand.expr), toText(item.expr));
}

/** `has_any` and `has_all`. */
export function hasTerms(operator: string, operand: Arg, list: readonly Arg[]): Expr {
  if (operand.expr.type !== "string" && operand.expr.type !== "dynamic") {
    throw new QueryError(`${operator} takes string or dynamic, not ${operand.expr.type}`, operand.position);
  }
  const items = list.flatMap((item) => spread(item) ?? [item]);
  if (items.length === 0) return bool(operator === "has_all");
  const terms = items.map((item) => match("term", true, toText(operand.expr), toText(item.expr)));
  return junction(operator === "has_any" ? "any" : "all", terms);
}

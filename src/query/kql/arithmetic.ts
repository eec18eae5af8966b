import { call, long, nothing, point, span } from "../build.ts";
import type { Expr, Operation, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { isPoint, MAX_SPAN } from "../ticks.ts";
import { type Arg, constantOf, isLiteral, isNumeric, undefinedFor } from "./arg.ts";
import { contentAs, toReal } from "./convert.ts";

/** A dynamic counts as a number, where it meets one, or as whatever the other side is. */
function withContent(left: Arg, right: Arg): readonly [Expr, Expr] {
  const [a, b] = [left.expr, right.expr];
  if (a.type === "dynamic" && b.type === "dynamic") return [call("numberIn", "real", a), call("numberIn", "real", b)];
  if (a.type === "dynamic") return [contentAs(a, b.type) ?? a, b];
  return b.type === "dynamic" ? [a, contentAs(b, a.type) ?? b] : [a, b];
}

/** `+` and `-`, of numbers and of time. */
export function add(operator: "+" | "-", left: Arg, right: Arg, position: number): Expr {
  const [a, b] = withContent(left, right);
  const operation = operator === "+" ? "add" : "subtract";
  if (isNumeric(a.type) && isNumeric(b.type)) return numbers(operation, a, b);
  const type = timeSum(operator, a.type, b.type);
  if (type === null) throw undefinedFor(operator, left, right, position);
  const [x, y] = [constantOf(a), constantOf(b)];
  if (x === undefined || y === undefined) return call(operation, type, a, b);
  return timeLiteral(type, x === null || y === null ? null : operator === "+" ? x + y : x - y);
}

/** The type of a sum or difference of times; null where there is none. */
function timeSum(operator: "+" | "-", left: ValueType, right: ValueType): "datetime" | "timespan" | null {
  if (left === "timespan" && right === "timespan") return "timespan";
  if (left === "datetime" && right === "timespan") return "datetime";
  if (operator === "+" && left === "timespan" && right === "datetime") return "datetime";
  return operator === "-" && left === "datetime" && right === "datetime" ? "timespan" : null;
}

/** A point or span of time, null where there is no such one. */
function timeLiteral(type: "datetime" | "timespan", ticks: bigint | null): Expr {
  if (type === "datetime") return point(ticks !== null && isPoint(ticks) ? ticks : null);
  return span(ticks !== null && ticks <= MAX_SPAN && ticks >= -MAX_SPAN ? ticks : null);
}

/** Sums and products of long literals are literals: they may count rows. */
function numbers(operation: Operation, left: Expr, right: Expr): Expr {
  const [x, y] = [constantOf(left), constantOf(right)];
  const type = widest(left.type, right.type);
  if (type !== "long" || typeof x !== "bigint" || typeof y !== "bigint") return call(operation, type, left, right);
  const folded =
    operation === "add" ? x + y : operation === "subtract" ? x - y : operation === "multiply" ? x * y : null;
  return folded !== null && folded <= MAX_SPAN && folded >= -MAX_SPAN
    ? long(folded)
    : call(operation, type, left, right);
}

const widest = (left: ValueType, right: ValueType): ValueType =>
  left === "real" || right === "real" ? "real" : "long";

const OPERATIONS: Readonly<Record<string, Operation>> = { "*": "multiply", "/": "divide", "%": "modulo" };

/** `*`, `/` and `%`. */
export function multiply(operator: "*" | "/" | "%", left: Arg, right: Arg, position: number): Expr {
  const operation = OPERATIONS[operator] ?? "multiply";
  const [a, b] = withContent(left, right);
  if (isNumeric(a.type) && isNumeric(b.type)) return numbers(operation, a, b);
  if (a.type === "timespan" && b.type === "timespan" && operator !== "*") {
    return operator === "/" ? call("divide", "real", toReal(a), toReal(b)) : call("modulo", "timespan", a, b);
  }
  if (a.type === "timespan" && isNumeric(b.type) && operator !== "%") return scale(operator, a, b);
  if (operator === "*" && isNumeric(a.type) && b.type === "timespan") return scale(operator, b, a);
  if (a.type === "datetime" && b.type === "timespan" && operator === "%") return call("modulo", "timespan", a, b);
  throw undefinedFor(operator, left, right, position);
}

/** A time span times a number, or by it. */
function scale(operator: "*" | "/", ticks: Expr, factor: Expr): Expr {
  const [x, y] = [constantOf(ticks), constantOf(factor)];
  if (x === null || y === null) return nothing("timespan");
  if (x !== undefined && y !== undefined && y !== 0n) return timeLiteral("timespan", operator === "*" ? x * y : x / y);
  const operation = operator === "*" ? "multiply" : "divide";
  if (factor.type === "long") return call(operation, "timespan", ticks, factor);
  return call("toLong", "timespan", call("round", "real", call(operation, "real", toReal(ticks), factor)));
}

/** A leading `-`. */
export function negative(operand: Arg): Expr {
  const expr = operand.expr.type === "dynamic" ? call("numberIn", "real", operand.expr) : operand.expr;
  if (!isNumeric(expr.type) && expr.type !== "timespan") {
    throw new QueryError(`The operator - is not defined for ${expr.type}`, operand.position);
  }
  if (isLiteral(expr) && typeof expr.value === "bigint") return { ...expr, value: -expr.value };
  if (isLiteral(expr) && typeof expr.value === "number") return { ...expr, value: -expr.value };
  return call("negate", expr.type, expr);
}

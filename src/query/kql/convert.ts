import { call, nothing, point, span, text } from "../build.ts";
import type { Expr } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { isPoint, parsePoint } from "../ticks.ts";
import { type Arg, constantOf, isLiteral } from "./arg.ts";
import { parseSpan } from "./literals.ts";

/** `tostring()`; also what operators of texts do to a dynamic. */
export function toText(expr: Expr): Expr {
  if (expr.type === "string") return expr;
  if (isLiteral(expr) && expr.value === null) return text("");
  if (isLiteral(expr) && (expr.type === "bool" || expr.type === "long")) return text(String(expr.value));
  return call("toText", "string", expr);
}

export function toLong(expr: Expr): Expr {
  if (expr.type === "long") return expr;
  return isLiteral(expr) && expr.value === null ? nothing("long") : call("toLong", "long", expr);
}

export function toReal(expr: Expr): Expr {
  if (expr.type === "real") return expr;
  if (!isLiteral(expr)) return call("toReal", "real", expr);
  if (expr.value === null) return nothing("real");
  return expr.type === "long" ? { ...expr, type: "real", value: Number(expr.value) } : call("toReal", "real", expr);
}

export const toBool = (expr: Expr): Expr => (expr.type === "bool" ? expr : call("toBool", "bool", expr));

/** `todatetime()`; a number counts ticks, as everywhere in the language. */
export function toPoint({ expr, position }: Arg): Expr {
  if (expr.type === "datetime") return expr;
  if (isLiteral(expr) && typeof expr.value === "string" && expr.type === "string") return point(parsePoint(expr.value));
  const ticks = constantOf(expr);
  if (expr.type === "long" && ticks !== undefined) return point(ticks !== null && isPoint(ticks) ? ticks : null);
  if (expr.type === "string" || expr.type === "dynamic") return call("toPoint", "datetime", expr);
  throw new QueryError(`todatetime() of ${expr.type} is not supported`, position);
}

/** `totimespan()` of what is known before the query runs. */
export function toSpan({ expr, position }: Arg): Expr {
  if (expr.type === "timespan") return expr;
  if (isLiteral(expr) && expr.type === "string") return span(parseSpan(String(expr.value)));
  throw new QueryError("totimespan() takes a string literal; anything else is not supported", position);
}

/** What a dynamic holds, where it meets a value of another type. */
export function contentAs(expr: Expr, type: Expr["type"]): Expr | null {
  switch (type) {
    case "string":
      return toText(expr);
    case "long":
    case "real":
      return call("numberIn", type, expr);
    case "bool":
      return call("boolIn", "bool", expr);
    case "datetime":
      return call("pointIn", "datetime", expr);
    default:
      return null;
  }
}

/** What can be true: a bool, or a dynamic that holds one. */
export function toCondition({ expr, position }: Arg, what: string): Expr {
  if (expr.type === "bool") return expr;
  if (expr.type === "dynamic") return call("boolIn", "bool", expr);
  throw new QueryError(`${what} takes bool, not ${expr.type}`, position);
}

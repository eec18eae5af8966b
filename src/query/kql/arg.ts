import type { Expr, Literal, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";

/** A bound expression, and where it was written. */
export interface Arg {
  readonly expr: Expr;
  readonly position: number;
}

export const isNumeric = (type: ValueType): boolean => type === "long" || type === "real";

/** Whether an expression is never the missing value: strings never are. */
export const isNeverNull = (expr: Expr): boolean =>
  expr.type === "string" || (expr.kind === "literal" && expr.value !== null) || expr.kind === "match";

export const isLiteral = (expr: Expr): expr is Literal => expr.kind === "literal";

/** The value of a literal datetime, timespan or long; undefined for anything else, null for the missing value. */
export function constantOf(expr: Expr): bigint | null | undefined {
  if (expr.kind !== "literal") return undefined;
  return typeof expr.value === "bigint" || expr.value === null ? expr.value : undefined;
}

/** @throws QueryError unless the argument has one of the types. */
export function expectType(arg: Arg, what: string, ...types: readonly ValueType[]): Arg {
  if (types.includes(arg.expr.type)) return arg;
  throw new QueryError(`${what} takes ${types.join(" or ")}, not ${arg.expr.type}`, arg.position);
}

export const undefinedFor = (operator: string, left: Arg, right: Arg, position: number): QueryError =>
  new QueryError(`The operator ${operator} is not defined for ${left.expr.type} and ${right.expr.type}`, position);

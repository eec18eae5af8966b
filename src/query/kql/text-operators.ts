import { match, not } from "../build.ts";
import type { Expr, Match } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { type Arg, undefinedFor } from "./arg.ts";
import { toText } from "./convert.ts";

const MATCHES: Readonly<Record<string, Match>> = {
  "=~": "equals",
  "!~": "equals",
  contains: "contains",
  startswith: "startsWith",
  endswith: "endsWith",
  has: "term",
  hasprefix: "termPrefix",
  hassuffix: "termSuffix",
};

/** `contains`, `has_cs`, `!startswith`, `=~` and so on; null for an operator of another kind. */
export function textOperator(operator: string, left: Arg, right: Arg, position: number): Expr | null {
  const isNegative = operator.startsWith("!");
  const isCaseSensitive = operator.endsWith("_cs");
  const how = MATCHES[operator] ?? MATCHES[operator.replace(/^!/, "").replace(/_cs$/, "")];
  if (!how) return null;
  if (![left, right].every(({ expr }) => expr.type === "string" || expr.type === "dynamic")) {
    throw undefinedFor(operator, left, right, position);
  }
  const matched = match(how, !isCaseSensitive, toText(left.expr), toText(right.expr));
  return isNegative ? not(matched) : matched;
}

/** @throws QueryError unless the argument is a string, or a dynamic that may hold one. */
export function textArg(arg: Arg, what: string): Expr {
  if (arg.expr.type === "string" || arg.expr.type === "dynamic") return toText(arg.expr);
  throw new QueryError(`${what} takes string or dynamic, not ${arg.expr.type}`, arg.position);
}

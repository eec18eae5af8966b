import { EVENT_COLUMNS, type EventColumn, type Expr, type Literal, type Match, type Operation } from "./expr.ts";

/** Short ways to write trees. */

export const text = (value: string): Literal => ({ kind: "literal", type: "string", value });
export const long = (value: bigint): Literal => ({ kind: "literal", type: "long", value });
export const bool = (value: boolean | null): Literal => ({ kind: "literal", type: "bool", value });
export const point = (value: bigint | null): Literal => ({ kind: "literal", type: "datetime", value });
export const span = (value: bigint | null): Literal => ({ kind: "literal", type: "timespan", value });
export const nothing = (type: Expr["type"]): Literal => ({ kind: "literal", type, value: null });

export const column = (name: string, type: Expr["type"]): Expr => ({ kind: "column", type, name });

/** A column of the events themselves. */
export const eventColumn = (name: EventColumn): Expr => column(name, EVENT_COLUMNS[name]);

export const call = (operation: Operation, type: Expr["type"], ...args: readonly Expr[]): Expr => ({
  kind: "call",
  type,
  operation,
  args,
});

export const not = (operand: Expr): Expr => call("not", "bool", operand);

/** All of them, or any; one alone is itself. */
export function junction(operation: "all" | "any", operands: readonly Expr[]): Expr {
  const [first] = operands;
  return first && operands.length === 1 ? first : call(operation, "bool", ...operands);
}

/** A path goes on from the path that it begins at. */
export function path(of: Expr, key: string | number): Expr {
  return of.kind === "path" ? { ...of, keys: [...of.keys, key] } : { kind: "path", type: "dynamic", of, keys: [key] };
}

/**
 * Whether a text matches a pattern. `lower(x)` against a text in lower case is `x` against it
 * without regard to case, and the same in upper case: so nobody has to fold every row's text.
 */
export function match(how: Match, ignoreCase: boolean, of: Expr, pattern: Expr): Expr {
  const folded = foldedOperand(of, pattern, ignoreCase);
  if (folded) return match(how, true, folded, pattern);
  return { kind: "match", type: "bool", match: how, ignoreCase, text: of, pattern };
}

/** The text inside `lower` or `upper`, where folding it changes nothing but what ignoring case ignores. */
function foldedOperand(of: Expr, pattern: Expr, ignoreCase: boolean): Expr | null {
  if (of.kind !== "call" || pattern.kind !== "literal" || typeof pattern.value !== "string") return null;
  const { operation, args } = of;
  if (operation !== "lower" && operation !== "upper") return null;
  const isFolded =
    pattern.value === (operation === "lower" ? pattern.value.toLowerCase() : pattern.value.toUpperCase());
  return ignoreCase || isFolded ? (args[0] ?? null) : null;
}

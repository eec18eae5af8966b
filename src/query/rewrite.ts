import type { Expr } from "./expr.ts";

/** The expressions that an expression is made of. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "call":
      return expr.args;
    case "aggregate":
      return expr.where ? [...expr.args, expr.where] : expr.args;
    case "path":
      return [expr.of];
    case "match":
      return [expr.text, expr.pattern];
    case "quantified":
      return [expr.of, expr.condition];
    case "extract":
      return [expr.text];
    case "literal":
    case "column":
    case "item":
      return [];
  }
}

/** The expression with what the columns stand for in their place. */
export function substitute(expr: Expr, columns: ReadonlyMap<string, Expr>): Expr {
  const within = (part: Expr): Expr => substitute(part, columns);
  switch (expr.kind) {
    case "column":
      return columns.get(expr.name) ?? expr;
    case "call":
      return { ...expr, args: expr.args.map(within) };
    case "aggregate":
      return { ...expr, args: expr.args.map(within), where: expr.where && within(expr.where) };
    case "path": {
      const of = within(expr.of);
      // A path into what is itself a path is one path.
      return of.kind === "path" ? { ...of, keys: [...of.keys, ...expr.keys] } : { ...expr, of };
    }
    case "match":
      return { ...expr, text: within(expr.text), pattern: within(expr.pattern) };
    case "quantified":
      return { ...expr, of: within(expr.of), condition: within(expr.condition) };
    case "extract":
      return { ...expr, text: within(expr.text) };
    case "literal":
    case "item":
      return expr;
  }
}

const weights = new WeakMap<Expr, number>();

/** How many nodes an expression has when it is written out. */
export function weightOf(expr: Expr): number {
  const known = weights.get(expr);
  if (known !== undefined) return known;
  const weight = partsOf(expr).reduce((sum, part) => sum + weightOf(part), 1);
  weights.set(expr, weight);
  return weight;
}

/** Adds the names of the columns that the expression reads. */
export function collectColumns(expr: Expr, into: Set<string>): void {
  if (expr.kind === "column") into.add(expr.name);
  else for (const part of partsOf(expr)) collectColumns(part, into);
}

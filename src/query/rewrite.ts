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

/** The same expression of other parts. */
function withParts(expr: Expr, change: (part: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "call":
      return { ...expr, args: expr.args.map(change) };
    case "aggregate":
      return { ...expr, args: expr.args.map(change), where: expr.where && change(expr.where) };
    case "path": {
      const of = change(expr.of);
      // A path into what is itself a path is one path.
      return of.kind === "path" ? { ...of, keys: [...of.keys, ...expr.keys] } : { ...expr, of };
    }
    case "match":
      return { ...expr, text: change(expr.text), pattern: change(expr.pattern) };
    case "quantified":
      return { ...expr, of: change(expr.of), condition: change(expr.condition) };
    case "extract":
      return { ...expr, text: change(expr.text) };
    case "literal":
    case "column":
    case "item":
      return expr;
  }
}

/** The expression with what the columns stand for in their place. */
export function substitute(expr: Expr, columns: ReadonlyMap<string, Expr>): Expr {
  if (expr.kind === "column") return columns.get(expr.name) ?? expr;
  return withParts(expr, (part) => substitute(part, columns));
}

/** The expression with something else in the place of each aggregate. */
export function replaceAggregates(
  expr: Expr,
  replace: (aggregate: Extract<Expr, { kind: "aggregate" }>) => Expr,
): Expr {
  if (expr.kind === "aggregate") return replace(expr);
  return withParts(expr, (part) => replaceAggregates(part, replace));
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

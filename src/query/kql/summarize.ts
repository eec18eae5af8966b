import type { Expr, Named, Step } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { partsOf } from "../rewrite.ts";
import type { OperatorSyntax } from "./ast.ts";
import type { Scope } from "./bind-expression.ts";
import { nameColumns, type TakenNames } from "./columns.ts";
import { type Rows, refuseDynamic } from "./rows.ts";

type SummarizeSyntax = Extract<OperatorSyntax, { kind: "summarize" }>;

const COUNT: Expr = { kind: "aggregate", type: "long", aggregate: "count", args: [], where: null };

/** The operator `count`: one row, with the number of rows. */
export const counted = (rows: Rows): Rows => summarized(rows.steps, [], [{ name: "Count", value: COUNT }]);

function summarized(steps: readonly Step[], by: readonly Named[], aggregates: readonly Named[]): Rows {
  const types = new Map([...by, ...aggregates].map(({ name, value }) => [name, value.type]));
  return { steps: [...steps, { kind: "summarize", by, aggregates }], columns: types };
}

/** @throws QueryError for columns that cannot be grouped by, and for what is no aggregate. */
export function summarize(operator: SummarizeSyntax, rows: Rows, scope: Scope): Rows {
  if (operator.by.length === 0 && operator.aggregates.length === 0) {
    throw new QueryError("summarize takes aggregates, or by and columns, or both", operator.position);
  }
  const taken: TakenNames = new Map();
  const by = nameColumns(operator.by, taken, scope);
  for (const { name, value } of by) refuseDynamic(value.type, `summarize by ${name}`, operator.position);
  const aggregates = nameColumns(operator.aggregates, taken, { ...scope, aggregates: true });
  for (const [at, { value }] of aggregates.entries()) {
    const { position } = operator.aggregates[at]?.value ?? operator;
    if (!isAggregation(value)) throw new QueryError("This is no aggregate, such as count()", position);
  }
  return summarized(rows.steps, by, aggregates);
}

/** Whether an expression is made of aggregates and literals alone, with one aggregate at least. */
function isAggregation(expr: Expr): boolean {
  return (
    expr.kind === "aggregate" || (expr.kind !== "literal" && partsOf(expr).some(isAggregation) && !hasLooseColumn(expr))
  );
}

function hasLooseColumn(expr: Expr): boolean {
  return expr.kind === "column" || (expr.kind !== "aggregate" && partsOf(expr).some(hasLooseColumn));
}

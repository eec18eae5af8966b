import { call, eventColumn, text } from "../build.ts";
import type { EventColumn, Expr, Named, Pipeline, SortKey, Step } from "../expr.ts";
import { EVENT_COLUMNS } from "../expr.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import { isLiteral } from "./arg.ts";
import type { OperatorSyntax, QuerySyntax, SortSyntax, Syntax, TabularSyntax } from "./ast.ts";
import { bindExpression, type Scope } from "./bind-expression.ts";
import { extended, matching, nameColumns, renamed, takenBy } from "./columns.ts";
import { TABLE } from "./parse.ts";
import { type Rows, refuseDynamic, same, withColumns } from "./rows.ts";
import { counted, summarize } from "./summarize.ts";

export interface KqlOptions {
  /** `now()`, in ticks. */
  readonly now: bigint;
  /** The table's columns in their order, and what they are of an event. */
  readonly columns: Readonly<Record<string, EventColumn>>;
}

/**
 * Syntax → meaning: names are looked up and types checked.
 *
 * @throws QueryError for the first thing that does not fit.
 */
export function bind(query: QuerySyntax, options: KqlOptions): Pipeline {
  const variables = new Map<string, Expr>();
  const tables = new Map<string, Rows>([[TABLE, tableOf(options)]]);
  const noRows: Scope = { now: options.now, columns: new Map(), variables, aggregates: false };
  for (const statement of query.lets) {
    if (variables.has(statement.name) || (tables.has(statement.name) && statement.name !== TABLE)) {
      throw new QueryError(`There is a variable ${statement.name} already`, statement.position);
    }
    if (statement.kind === "scalar") variables.set(statement.name, bindExpression(statement.value, noRows));
    else tables.set(statement.name, bindRows(statement.rows, tables, noRows));
  }
  const { steps } = bindRows(query.rows, tables, noRows);
  if (steps.length > LIMITS.steps) {
    throw new QueryError(`The query has more than ${LIMITS.steps} operators`, query.rows.position);
  }
  return { steps };
}

/** The table: strings are never null in this language, so what is not known is "". */
function tableOf({ columns }: KqlOptions): Rows {
  const named = Object.entries(columns).map(([name, of]): Named => {
    const isNullable = EVENT_COLUMNS[of] === "string" && !NEVER_NULL.has(of);
    return { name, value: isNullable ? call("orElse", "string", eventColumn(of), text("")) : eventColumn(of) };
  });
  return withColumns([], named);
}

const NEVER_NULL: ReadonlySet<EventColumn> = new Set(["id", "type", "scope"]);

function bindRows(rows: TabularSyntax, tables: ReadonlyMap<string, Rows>, noRows: Scope): Rows {
  const source = tables.get(rows.source);
  if (!source) throw new QueryError(`There is no table ${rows.source}`, rows.position);
  return rows.operators.reduce((before, operator) => {
    const after = bindOperator(operator, before, { ...noRows, columns: before.columns });
    if (after.columns.size > LIMITS.columns) {
      throw new QueryError(`The result has more than ${LIMITS.columns} columns`, operator.position);
    }
    return after;
  }, source);
}

function bindOperator(operator: OperatorSyntax, rows: Rows, scope: Scope): Rows {
  const then = (...steps: readonly Step[]): Rows => ({ ...rows, steps: [...rows.steps, ...steps] });
  switch (operator.kind) {
    case "where":
      return then({ kind: "where", condition: conditionOf(operator.condition, scope) });
    case "take":
      return then({ kind: "take", count: countOf(operator.count, scope), skip: 0 });
    case "sample":
      return then({ kind: "sample", count: countOf(operator.count, scope) });
    case "sort":
      return then({ kind: "sort", keys: operator.keys.map((key) => sortKey(key, scope, false)) });
    case "top": {
      const count = countOf(operator.count, scope);
      return then({ kind: "sort", keys: [sortKey(operator.key, scope, true)] }, { kind: "take", count, skip: 0 });
    }
    case "project":
      return withColumns(rows.steps, nameColumns(operator.columns, new Map(), scope));
    case "extend":
      return withColumns(rows.steps, extended(rows, nameColumns(operator.columns, takenBy(rows), scope, true)));
    case "rename":
      return withColumns(rows.steps, renamed(operator.columns, rows));
    case "away": {
      const away = new Set(operator.patterns.flatMap((one) => matching(one, rows)));
      return withColumns(rows.steps, [...rows.columns.keys()].filter((name) => !away.has(name)).map(same(rows)));
    }
    case "keep": {
      const kept = new Set(operator.patterns.flatMap((one) => matching(one, rows)));
      return withColumns(rows.steps, [...rows.columns.keys()].filter((name) => kept.has(name)).map(same(rows)));
    }
    case "reorder": {
      const first = operator.patterns.flatMap((one) => matching(one, rows));
      const names = operator.patterns.filter(({ isPrefix }) => !isPrefix).map(({ name }) => name);
      if (new Set(names).size < names.length) {
        throw new QueryError("A column stands there twice", operator.position);
      }
      return withColumns(rows.steps, [...new Set([...first, ...rows.columns.keys()])].map(same(rows)));
    }
    case "distinct": {
      const columns = operator.columns
        ? nameColumns(operator.columns, new Map(), scope)
        : [...rows.columns.keys()].map(same(rows));
      for (const { name, value } of columns) refuseDynamic(value.type, `distinct ${name}`, operator.position);
      const projected = withColumns(rows.steps, columns);
      return { ...projected, steps: [...projected.steps, { kind: "distinct" }] };
    }
    case "count":
      return counted(rows);
    case "summarize":
      return summarize(operator, rows, scope);
  }
}

function conditionOf(syntax: Syntax, scope: Scope): Expr {
  const condition = bindExpression(syntax, scope);
  if (condition.type === "bool") return condition;
  throw new QueryError(`A condition must be bool, not ${condition.type}`, syntax.position);
}

/** More rows than this come out of no query, nor into the middle of one. */
const MAX_ROWS = 100_000_000n;

function countOf(syntax: Syntax, scope: Scope): number {
  const count = bindExpression(syntax, { ...scope, columns: new Map() });
  if (!isLiteral(count) || count.type !== "long" || typeof count.value !== "bigint" || count.value < 0n) {
    throw new QueryError("The number of rows must be a whole number from 0 on", syntax.position);
  }
  return Number(count.value > MAX_ROWS ? MAX_ROWS : count.value);
}

function sortKey(key: SortSyntax, scope: Scope, isTop: boolean): SortKey {
  const value = bindExpression(key.value, scope);
  if (!isTop) refuseDynamic(value.type, "sort", key.value.position);
  return { value, descending: key.descending, nullsFirst: key.nullsFirst ?? !key.descending };
}

import { call, column, eventColumn, text } from "../build.ts";
import type { EventColumn, Expr, Named, Pipeline, SortKey, Step, ValueType } from "../expr.ts";
import { EVENT_COLUMNS } from "../expr.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import { isLiteral } from "./arg.ts";
import type {
  ColumnPattern,
  NamedSyntax,
  OperatorSyntax,
  QuerySyntax,
  SortSyntax,
  Syntax,
  TabularSyntax,
} from "./ast.ts";
import { bindExpression, type Scope } from "./bind-expression.ts";
import { nameOf } from "./names.ts";
import { TABLE } from "./parse.ts";

export interface KqlOptions {
  /** `now()`, in ticks. */
  readonly now: bigint;
  /** The table's columns in their order, and what they are of an event. */
  readonly columns: Readonly<Record<string, EventColumn>>;
}

/** Rows on their way through a pipeline. */
interface Rows {
  readonly steps: readonly Step[];
  readonly columns: ReadonlyMap<string, ValueType>;
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
      return summarized(rows.steps, [], [{ name: "Count", value: COUNT }]);
    case "summarize":
      return summarize(operator, rows, scope);
  }
}

const COUNT: Expr = { kind: "aggregate", type: "long", aggregate: "count", args: [], where: null };

const takenBy = ({ columns }: Rows): TakenNames => new Map([...columns.keys()].map((name) => [name, true]));

const same =
  ({ columns }: Rows) =>
  (name: string): Named => ({ name, value: column(name, columns.get(name) ?? "dynamic") });

function withColumns(steps: readonly Step[], columns: readonly Named[]): Rows {
  const types = new Map(columns.map(({ name, value }) => [name, value.type]));
  return { steps: [...steps, { kind: "project", columns }], columns: types };
}

function summarized(steps: readonly Step[], by: readonly Named[], aggregates: readonly Named[]): Rows {
  const types = new Map([...by, ...aggregates].map(({ name, value }) => [name, value.type]));
  return { steps: [...steps, { kind: "summarize", by, aggregates }], columns: types };
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

function refuseDynamic(type: ValueType, what: string, position: number): void {
  if (type !== "dynamic") return;
  throw new QueryError(`${what} takes no dynamic; convert it, for example by tostring()`, position);
}

/** Names that are taken, and whether the query says them. */
type TakenNames = Map<string, boolean>;

/**
 * Columns with their names. A name that is not said gives way to one that is taken.
 *
 * @param taken gets the new names, too; with `replaces`, those that are there may be said again.
 */
function nameColumns(list: readonly NamedSyntax[], taken: TakenNames, scope: Scope, replaces = false): Named[] {
  const said = new Set<string>();
  let anonymous = 0;
  return list.map((item) => {
    const value = bindExpression(item.value, scope);
    const found = nameOf(item);
    if (found?.isSaid && (said.has(found.name) || (!replaces && taken.get(found.name) === true))) {
      throw new QueryError(`There is a column ${found.name} already`, item.value.position);
    }
    if (!found) {
      do anonymous += 1;
      while (scope.columns.has(`Column${anonymous}`));
    }
    const wanted = found?.name ?? `Column${anonymous}`;
    const name = replaces ? wanted : freeName(wanted, taken);
    taken.set(name, found?.isSaid === true);
    if (found?.isSaid) said.add(found.name);
    return { name, value };
  });
}

/** The name, or the first of name1, name2, … that nothing has. */
function freeName(name: string, taken: TakenNames): string {
  if (!taken.has(name)) return name;
  let number = 1;
  while (taken.has(`${name}${number}`)) number += 1;
  return `${name}${number}`;
}

/** The columns that were there, some of them with new values, and then the new ones. */
function extended(rows: Rows, added: readonly Named[]): Named[] {
  const values = new Map([...rows.columns.keys()].map((name) => [name, same(rows)(name).value]));
  for (const { name, value } of added) values.set(name, value);
  return [...values].map(([name, value]) => ({ name, value }));
}

function renamed(list: readonly NamedSyntax[], rows: Rows): Named[] {
  const names = new Map<string, string>();
  for (const { name, value } of list) {
    if (name === null || value.kind !== "name") {
      throw new QueryError("project-rename takes NewName = OldName", value.position);
    }
    if (!rows.columns.has(value.name)) throw new QueryError(`There is no column ${value.name}`, value.position);
    if (rows.columns.has(name) || [...names.values()].includes(name)) {
      throw new QueryError(`There is a column ${name} already`, value.position);
    }
    names.set(value.name, name);
  }
  return [...rows.columns.keys()].map((name) => ({ ...same(rows)(name), name: names.get(name) ?? name }));
}

function matching({ name, isPrefix, position }: ColumnPattern, { columns }: Rows): readonly string[] {
  const found = [...columns.keys()].filter((one) => (isPrefix ? one.startsWith(name) : one === name));
  if (found.length === 0) throw new QueryError(`There is no column ${name}${isPrefix ? "*" : ""}`, position);
  return found;
}

function summarize(operator: Extract<OperatorSyntax, { kind: "summarize" }>, rows: Rows, scope: Scope): Rows {
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

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "call":
      return expr.args;
    case "path":
      return [expr.of];
    case "match":
      return [expr.text, expr.pattern];
    case "quantified":
      return [expr.of, expr.condition];
    case "extract":
      return [expr.text];
    default:
      return [];
  }
}

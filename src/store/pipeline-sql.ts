import type { Expr, Pipeline, ValueType } from "../query/expr.ts";
import { collectColumns } from "../query/rewrite.ts";
import { countAll, type EventSource, eventEnvironment, fromEvents, NEWEST_FIRST } from "./event-source-sql.ts";
import { type Environment, toExpression, toSql } from "./expr-sql.ts";
import { type Layer, toLayers } from "./pipeline-layers.ts";
import { chain, type Fragment, joined, sql } from "./sql-fragment.ts";
import { documentPlace } from "./sql-json.ts";
import type { Names } from "./sql-names.ts";
import { isShownAsJson, type SqlExpr, shown, sqlOf, value } from "./sql-value.ts";

/**
 * A pipeline as one SELECT of one column, `item`: a JSON object for each row, in order.
 *
 * @param maxRows no more rows than this.
 */
export function selectRows(pipeline: Pipeline, source: EventSource, maxRows: number, names: Names): Fragment {
  const layers = toLayers(pipeline);
  const last = layers.at(-1);
  const limited = last ? [...layers.slice(0, -1), { ...last, limit: Math.min(last.limit ?? maxRows, maxRows) }] : [];
  return select(limited, source, names, (outputs, env) => {
    const members = [...outputs].map(([name, expr]) => sql`${names.bind(name)}, ${member(expr, env)}`);
    return sql`json_object(${members.length === 0 ? EMPTY : joined(members, ", ")}) AS item`;
  });
}

const EMPTY: Fragment = sql``;

/** The number of rows that come out of a pipeline, as one cell. */
export function selectCount(pipeline: Pipeline, source: EventSource, names: Names): Fragment {
  const layers = toLayers(pipeline);
  if (layers.length === 1 && layers[0]?.where.length === 0) return countAll(source, names);
  return sql`SELECT count(*) FROM (${select(layers, source, names, () => sql`1`)})`;
}

/** A value of json_object. That a text is JSON has to be said outside of the expression: a subquery forgets it. */
function member(expr: Expr, env: Environment): Fragment {
  const text = env.names.expression(() => shown(toSql(expr, env), env.names));
  return isShownAsJson(expr.type) ? sql`json(${text})` : text;
}

type Result = (outputs: ReadonlyMap<string, Expr>, env: Environment) => Fragment;

/** Layers as a chain of common table expressions: nested in one another they would be too deep for SQLite's parser. */
function select(layers: readonly Layer[], source: EventSource, names: Names, result: Result): Fragment {
  const needed = neededOutputs(layers);
  const tables: Fragment[] = [];
  let env = eventEnvironment(names);
  let from: Fragment | null = null;
  for (const [at, layer] of layers.entries()) {
    if (at === layers.length - 1) {
      const body = selectLayer(layer, from, source, env, result(visible(layer), env));
      return tables.length === 0 ? body : sql`WITH ${joined(tables, ", ")} ${body}`;
    }
    const outputs = [...layer.outputs].filter(([name]) => isWhole(layer) || needed[at]?.has(name));
    const columns = new Map(outputs.map(([name, expr]) => [name, { type: expr.type, alias: names.fresh() }]));
    const items = outputs.map(
      ([name, expr]) => sql`${toExpression(expr, env)} AS ${columns.get(name)?.alias ?? EMPTY}`,
    );
    const body = selectLayer(layer, from, source, env, items.length === 0 ? sql`1` : joined(items, ", "), columns);
    const table = names.fresh();
    tables.push(sql`${table} AS (${body})`);
    from = table;
    env = layerEnvironment(columns, names);
  }
  throw new RangeError("A pipeline has no layer");
}

/** Whether a layer's rows are others without one of its outputs. */
const isWhole = ({ isDistinct, groups }: Layer): boolean => isDistinct || groups !== null;

/** Without what a layer only hands on for its order. */
const visible = ({ outputs }: Layer): ReadonlyMap<string, Expr> =>
  new Map([...outputs].filter(([name]) => !name.startsWith("\0")));

/** For each layer, which of its outputs a later one reads. */
function neededOutputs(layers: readonly Layer[]): readonly ReadonlySet<string>[] {
  const needed: ReadonlySet<string>[] = [];
  let wanted: ReadonlySet<string> = new Set(layers.at(-1)?.outputs.keys());
  for (const layer of layers.toReversed()) {
    needed.unshift(wanted);
    const reads = new Set<string>();
    for (const [name, expr] of layer.outputs) {
      if (isWhole(layer) || wanted.has(name)) collectColumns(expr, reads);
    }
    for (const expr of [...layer.where, ...layer.order.map((key) => key.value)]) collectColumns(expr, reads);
    wanted = reads;
  }
  return needed;
}

type Columns = ReadonlyMap<string, { readonly type: ValueType; readonly alias: Fragment }>;

function layerEnvironment(columns: Columns, names: Names): Environment {
  return {
    names,
    items: new Map(),
    column(name) {
      const found = columns.get(name);
      if (!found) throw new RangeError("A layer reads a column that the one before it does not have");
      const { type, alias } = found;
      return type === "dynamic" ? { kind: "json", type, place: documentPlace(alias) } : value(type, alias);
    },
  };
}

function selectLayer(
  layer: Layer,
  from: Fragment | null,
  source: EventSource,
  env: Environment,
  items: Fragment,
  columns?: Columns,
): Fragment {
  const { names } = env;
  const conditions = layer.where.flatMap(operandsOf).map((condition) => toExpression(condition, env));
  const isFence = columns !== undefined && !layer.isDistinct && layer.groups === null;
  const isPlain = layer.groups === null && !layer.isDistinct;
  const window = layer.limit === null ? null : windowOf(layer.limit, layer.skip, names);
  const isNewestFirst = from === null && isPlain && window !== null && isByTime(layer);
  const rows = from ? fromRows(from, conditions) : fromEvents(source, conditions, names);
  const parts = [sql`SELECT ${layer.isDistinct ? sql`DISTINCT ${items}` : items} ${rows}`];
  const groups = (layer.groups ?? []).flatMap((name) => columns?.get(name)?.alias ?? []);
  if (groups.length > 0) parts.push(sql`GROUP BY ${joined(groups, ", ")}`);
  const order = orderBy(layer, isNewestFirst, env);
  if (order) parts.push(sql`ORDER BY ${order}`);
  // An offset also keeps SQLite from writing the expressions of this layer out wherever the next one reads them.
  if (window) parts.push(window);
  else if (isFence) parts.push(windowOf(-1, layer.skip, names));
  return joined(parts, " ");
}

const windowOf = (limit: number, skip: number, names: Names): Fragment =>
  sql`LIMIT ${names.bind(BigInt(limit))} OFFSET ${names.bind(BigInt(skip))}`;

/** Whether the newest rows are wanted first, be it said or not; equal times by id. */
function isByTime({ order, isShuffled }: Layer): boolean {
  const keys = new Set(
    order.map(({ value: key, descending }) => (key.kind === "column" && descending ? key.name : "")),
  );
  const [first = "occurredAt", second = "id", third] = keys;
  return !isShuffled && first === "occurredAt" && second === "id" && third === undefined;
}

/**
 * Conditions that hold all at once, each by itself: so an index finds those that it knows. Of which one is unknown
 * lets a row through as little as one that is false.
 */
function operandsOf(condition: Expr): readonly Expr[] {
  if (condition.kind !== "call") return [condition];
  const isSplit = condition.operation === "all" || condition.operation === "isTrue";
  return isSplit ? condition.args.flatMap(operandsOf) : [condition];
}

function orderBy(layer: Layer, isNewestFirst: boolean, env: Environment): Fragment | null {
  if (layer.isShuffled) return sql`random()`;
  if (isNewestFirst) return NEWEST_FIRST;
  if (layer.order.length === 0) return null;
  return joined(
    layer.order.flatMap(({ value: key, descending, nullsFirst }) => {
      const compiled = key.kind === "column" ? env.column(key.name, key.type) : null;
      const nulls = nullsFirst ? sql`NULLS FIRST` : sql`NULLS LAST`;
      const direction = descending ? sql`DESC` : sql`ASC`;
      // The two columns, because the list indexes are in their order; they are never null.
      if (compiled?.kind === "time") return [sql`${compiled.ms} ${direction}`, sql`${compiled.sub} ${direction}`];
      if (compiled?.kind === "id") return [sql`${compiled.id} ${direction}`];
      return [sql`${env.names.expression(() => sortValue(toSql(key, env), env.names))} ${direction} ${nulls}`];
    }),
    ", ",
  );
}

/** JSON sorts by what it holds, not by how it is written. */
const sortValue = (expr: SqlExpr, names: Names): Fragment =>
  expr.kind === "json" ? sql`(${sqlOf(expr, names)} ->> '$')` : sqlOf(expr, names);

const fromRows = (from: Fragment, conditions: readonly Fragment[]): Fragment =>
  conditions.length === 0 ? sql`FROM ${from}` : sql`FROM ${from} WHERE ${chain(conditions, "AND")}`;

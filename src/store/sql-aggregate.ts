import type { Expr } from "../query/expr.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { documentPlace } from "./sql-json.ts";
import type { Names } from "./sql-names.ts";
import { asJson, type SqlExpr, sqlOf, value } from "./sql-value.ts";

type AggregateExpr = Extract<Expr, { kind: "aggregate" }>;

/** About the middle of the times that events have: averages of differences to it lose fewer digits. */
const MIDDLE_TICKS = 637_134_336_000_000_000n;

/**
 * An aggregate function.
 *
 * @param argument makes what it is of; called within an expression of its own.
 * @param where only rows of which this is true.
 */
export function aggregated(
  { aggregate, type }: AggregateExpr,
  argument: (() => SqlExpr) | null,
  where: Fragment | null,
  names: Names,
): SqlExpr {
  if (!argument || aggregate === "count") return value("long", filtered(sql`count(*)`, where));
  const values = names.expression(() => sqlOf(argument(), names));
  switch (aggregate) {
    case "countDistinct":
      return value("long", filtered(sql`count(DISTINCT ${values})`, where));
    case "sum":
      return value(type, sql`coalesce(${filtered(sql`sum(${values})`, where)}, 0)`);
    case "average":
      return value(type, average(type, values, where, names));
    case "min":
    case "some":
      return asDynamic(type, filtered(sql`min(${values})`, where));
    case "max":
      return asDynamic(type, filtered(sql`max(${values})`, where));
    case "list":
    case "set": {
      const items = names.expression(() => asJson(argument(), names));
      return asDynamic("dynamic", list(items, values, aggregate === "set", where));
    }
  }
}

const filtered = (call: Fragment, where: Fragment | null): Fragment =>
  where ? sql`${call} FILTER (WHERE ${where})` : call;

const asDynamic = (type: SqlExpr["type"], result: Fragment): SqlExpr =>
  type === "dynamic" ? { kind: "json", type, place: documentPlace(result) } : value(type, result);

function average(type: SqlExpr["type"], values: Fragment, where: Fragment | null, names: Names): Fragment {
  if (type === "real") return filtered(sql`avg(${values})`, where);
  if (type !== "datetime") return sql`CAST(${filtered(sql`avg(${values})`, where)} AS INTEGER)`;
  const middle = names.bind(MIDDLE_TICKS);
  return sql`(CAST(${filtered(sql`avg(${values} - ${middle})`, where)} AS INTEGER) + ${middle})`;
}

/** A JSON array of what is not null. */
function list(items: Fragment, values: Fragment, isSet: boolean, where: Fragment | null): Fragment {
  const isThere = sql`${values} IS NOT NULL`;
  const texts = isSet ? sql`group_concat(DISTINCT ${items})` : sql`group_concat(${items})`;
  return sql`('[' || coalesce(${filtered(texts, where ? sql`${isThere} AND ${where}` : isThere)}, '') || ']')`;
}

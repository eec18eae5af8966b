import type { Expr } from "../query/expr.ts";
import { type Fragment, type Names, sql } from "./sql-fragment.ts";
import { documentPlace } from "./sql-json.ts";
import { asJson, type SqlExpr, sqlOf, value } from "./sql-value.ts";

type AggregateExpr = Extract<Expr, { kind: "aggregate" }>;

/** About the middle of the times that events have: averages of differences to it lose fewer digits. */
const MIDDLE_TICKS = 637_134_336_000_000_000n;

/** An aggregate function. @param where only rows of which this is true. */
export function aggregated(
  { aggregate, type }: AggregateExpr,
  [of]: readonly SqlExpr[],
  where: Fragment | null,
  names: Names,
): SqlExpr {
  if (!of || aggregate === "count") return value("long", filtered(sql`count(*)`, where));
  const values = sqlOf(of, names);
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
    case "set":
      return asDynamic("dynamic", list(of, aggregate === "set", where, names));
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
function list(of: SqlExpr, isSet: boolean, where: Fragment | null, names: Names): Fragment {
  const isThere = sql`${sqlOf(of, names)} IS NOT NULL`;
  const items = isSet ? sql`group_concat(DISTINCT ${asJson(of, names)})` : sql`group_concat(${asJson(of, names)})`;
  return sql`('[' || coalesce(${filtered(items, where ? sql`${isThere} AND ${where}` : isThere)}, '') || ']')`;
}

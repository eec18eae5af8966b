import type { ValueType } from "../query/expr.ts";
import { UNIX_EPOCH_TICKS } from "../query/ticks.ts";
import type { SqlValue } from "./read-pool.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { documentPlace, type JsonPlace, jsonText } from "./sql-json.ts";
import { type Names, once } from "./sql-names.ts";

/**
 * An expression in SQL. Text is TEXT, bool 0 or 1, long INTEGER, real REAL, datetime and timespan
 * INTEGER ticks; dynamic is a place in a JSON document, and JSON text where a value is needed.
 */
export type SqlExpr = { readonly type: ValueType } & (
  | { readonly kind: "value"; readonly sql: Fragment }
  | { readonly kind: "literal"; readonly value: SqlValue }
  | { readonly kind: "json"; readonly place: JsonPlace }
  /** An event's time, which has an index as the two columns that it is stored in. */
  | { readonly kind: "time"; readonly ms: Fragment; readonly sub: Fragment }
  /** An event's id, which has an index as the number that it is stored as. */
  | { readonly kind: "id"; readonly id: Fragment }
);

/** The expression as one SQL value. */
export function sqlOf(expr: SqlExpr, names: Names): Fragment {
  switch (expr.kind) {
    case "value":
      return expr.sql;
    case "literal":
      return names.bind(expr.value);
    case "json":
      return jsonText(expr.place, names);
    case "time":
      return sql`(${expr.ms} * 10000 + ${expr.sub} + ${names.bind(UNIX_EPOCH_TICKS)})`;
    case "id":
      return sql`CAST(${expr.id} AS TEXT)`;
  }
}

/** Where the expression lies as JSON; as a document of its own, unless it is a place in one. */
export const placeOf = (expr: SqlExpr, names: Names): JsonPlace =>
  expr.kind === "json" ? expr.place : documentPlace(sqlOf(expr, names));

export const value = (type: ValueType, fragment: Fragment): SqlExpr => ({ kind: "value", type, sql: fragment });

/** Ticks as SQLite counts seconds. */
export const secondsOf = (ticks: Fragment): Fragment => sql`(${ticks} / 10000000 - 62135596800)`;

/** Ticks → ISO 8601 with seven decimals. */
export const timeText = (ticks: Fragment, names: Names): Fragment =>
  once(
    ticks,
    names,
    (at) => sql`(strftime('%Y-%m-%dT%H:%M:%S', ${secondsOf(at)}, 'unixepoch') || printf('.%07dZ', ${at} % 10000000))`,
  );

/** Ticks → `[-][d.]hh:mm:ss[.fffffff]`. */
export const spanText = (ticks: Fragment, names: Names): Fragment =>
  once(ticks, names, (at) => {
    const size = sql`abs(${at})`;
    const fraction = sql`CASE WHEN ${at} % 10000000 = 0 THEN '' ELSE printf('.%07d', ${size} % 10000000) END`;
    const days = sql`CASE WHEN ${size} < 864000000000 THEN '' ELSE (${size} / 864000000000) || '.' END`;
    const clock = sql`printf('%02d:%02d:%02d', ${size} / 36000000000 % 24, ${size} / 600000000 % 60, ${size} / 10000000 % 60)`;
    return sql`(CASE WHEN ${at} < 0 THEN '-' ELSE '' END || ${days} || ${clock} || ${fraction})`;
  });

/** A real with as many digits as it takes to read the same one back; null for an infinite one. */
export const realText = (real: Fragment, names: Names): Fragment =>
  once(
    real,
    names,
    (at) => sql`CASE WHEN ${at} IS NULL OR abs(${at}) > 1.7976931348623157e308 THEN NULL
      WHEN CAST(printf('%!.15g', ${at}) AS REAL) = ${at} THEN printf('%!.15g', ${at})
      WHEN CAST(printf('%!.16g', ${at}) AS REAL) = ${at} THEN printf('%!.16g', ${at}) ELSE printf('%!.17g', ${at}) END`,
  );

/** The expression as an answer shows it; where {@link isShownAsJson}, as JSON text. */
export function shown(expr: SqlExpr, names: Names): Fragment {
  const of = sqlOf(expr, names);
  switch (expr.type) {
    case "string":
    case "long":
    case "dynamic":
      return of;
    case "bool":
      return sql`CASE ${of} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`;
    case "real":
      return realText(of, names);
    case "datetime":
      return timeText(of, names);
    case "timespan":
      return spanText(of, names);
  }
}

export const isShownAsJson = (type: ValueType): boolean => type === "bool" || type === "real" || type === "dynamic";

/** The expression as JSON text. */
export function asJson(expr: SqlExpr, names: Names): Fragment {
  const text = shown(expr, names);
  if (isShownAsJson(expr.type)) return text;
  return expr.type === "long" ? sql`CAST(${text} AS TEXT)` : sql`json_quote(${text})`;
}

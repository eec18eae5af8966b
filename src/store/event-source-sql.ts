import type { EventColumn } from "../query/expr.ts";
import type { Environment } from "./expr-sql.ts";
import { chain, type Fragment, sql } from "./sql-fragment.ts";
import { documentPlace } from "./sql-json.ts";
import type { Names } from "./sql-names.ts";
import { type SqlExpr, value } from "./sql-value.ts";

/** Whose events a query is about. */
export interface EventSource {
  readonly siteIds: readonly number[];
  readonly includeTest: boolean;
}

/** The order of the list index, backwards. */
export const NEWEST_FIRST = sql`events.occurred_at DESC, events.occurred_sub DESC, events.id DESC`;

/** The number of all of them, from the counters: the cost does not grow with the events. */
export function countAll({ siteIds, includeTest }: EventSource, names: Names): Fragment {
  const sites = names.bind(JSON.stringify(siteIds));
  return sql`SELECT coalesce(sum(n), 0) FROM event_totals
    WHERE site_id IN (SELECT value FROM json_each(${sites})) AND is_test <= ${names.bind(includeTest ? 1n : 0n)}`;
}

/**
 * The events of the sites. Where the newest of several are wanted, SQLite reads of each site, in the order of its
 * index, only as many as are newer than what it has found by then.
 */
export function fromEvents(
  { siteIds, includeTest }: EventSource,
  conditions: readonly Fragment[],
  names: Names,
): Fragment {
  const [only] = siteIds;
  const site =
    only !== undefined && siteIds.length === 1
      ? sql`site_id = ${names.bind(BigInt(only))}`
      : sql`site_id IN (SELECT value FROM json_each(${names.bind(JSON.stringify(siteIds))}))`;
  const test = includeTest ? sql`is_test IN (0, 1)` : sql`is_test = 0`;
  return sql`FROM events WHERE ${site} AND ${test} AND ${chain([IS_LIVE, ...conditions], "AND")}`;
}

const IS_LIVE = sql`deleted_at IS NULL`;

/** With the table's name: within a subquery the names of others come first. */
const DATA = sql`events.data`;

const EVENT_SQL: Readonly<Record<EventColumn, SqlExpr>> = {
  id: { kind: "id", type: "string", id: sql`events.id` },
  type: value("string", sql`events.type`),
  name: value("string", sql`events.name`),
  visitorId: value("string", sql`events.visitor_id`),
  sessionId: value("string", sql`events.session_id`),
  scope: value(
    "string",
    sql`coalesce(events.data ->> '$.scope', (SELECT scope FROM sites WHERE sites.id = events.site_id))`,
  ),
  url: value("string", sql`events.url`),
  pageTitle: value("string", sql`(events.data ->> '$.pageTitle')`),
  remoteAddress: value("string", sql`(events.data ->> '$.remoteAddress')`),
  country: value("string", sql`events.country`),
  city: value("string", sql`events.city`),
  occurredAt: { kind: "time", type: "datetime", ms: sql`events.occurred_at`, sub: sql`events.occurred_sub` },
  user: { kind: "json", type: "dynamic", place: documentPlace(DATA, "user") },
  properties: { kind: "json", type: "dynamic", place: documentPlace(DATA, "properties") },
};

/** For expressions about the events themselves. */
export function eventEnvironment(names: Names): Environment {
  return { names, items: new Map(), column: (name) => EVENT_SQL[name as EventColumn] };
}

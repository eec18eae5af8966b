import { MAX_BREAKDOWN, type SiteEventQuery, type TimeRange } from "../domain/site-events.ts";
import { KIND, KIND_NUMBERS } from "./event-kind.ts";
import { createArguments, type Statement } from "./event-sql.ts";

const SHOWN = `json_array(id, ${KIND}, occurred_at, path, country, bot_name, bot_company, ai_source, name, value_micros)`;

/**
 * One page as one cell: a JSON array of rows, newest first.
 *
 * Each kind, test events and each side of the position are ranges of the index, which SQLite merges: a
 * page costs the same at any depth.
 */
export function selectSiteEvents(query: SiteEventQuery, limit: number): Statement {
  const { args, bind } = createArguments();
  const site = bind(query.siteId);
  const from = bind(query.from);
  const { at } = query;
  const to = bind(at ? Math.min(at.occurredAt, query.to) : query.to);
  // The events of the position's own time that come after it, and all before; without one, simply all.
  const ranges =
    at && at.occurredAt <= query.to
      ? [
          `occurred_at = ${to} AND occurred_at >= ${from} AND id <= ${bind(at.id)}`,
          `occurred_at >= ${from} AND occurred_at < ${to}`,
        ]
      : [`occurred_at >= ${from} AND occurred_at <= ${to}`];
  const kinds = query.kind ? KIND_NUMBERS[query.kind] : [1, 2, 3, 4];
  const parts = kinds.flatMap((kind) =>
    (query.includeTest ? [0, 1] : [0]).flatMap((test) =>
      ranges.map(
        (range) =>
          `SELECT * FROM events WHERE site_id = ${site} AND ${KIND} = ${kind} AND is_test = ${test} AND ${range} AND deleted_at IS NULL`,
      ),
    ),
  );
  const rows = `${parts.join(" UNION ALL ")} ORDER BY occurred_at DESC, id DESC LIMIT ${bind(limit)}`;
  return { sql: `SELECT json_group_array(${SHOWN}) FROM (${rows})`, args };
}

/** ?1 site, ?2 id: when the event happened, also of one that is soft-deleted. */
export const SELECT_TIME = "SELECT occurred_at FROM events WHERE id = ?2 AND site_id = ?1";

/** Per site the number of its events that are shown, test events left out: `{"1":17}`. */
export function countBySite(siteIds: readonly number[], range: TimeRange): Statement {
  const { args, bind } = createArguments();
  const [from, to] = [bind(range.from), bind(range.to)];
  const sites = bind(JSON.stringify(siteIds));
  const count = `SELECT count(*) FROM events WHERE site_id = sites.value AND ${KIND} IN (1, 2, 3, 4) AND is_test = 0
AND occurred_at >= ${from} AND occurred_at <= ${to} AND deleted_at IS NULL`;
  return { sql: `SELECT json_group_object(sites.value, (${count})) FROM json_each(${sites}) AS sites`, args };
}

/** Totals and breakdowns as one cell: one walk through the range, grouped by all that is broken down. */
export function summarizeSiteEvents(query: Omit<SiteEventQuery, "kind" | "limit" | "at">): Statement {
  const { args, bind } = createArguments();
  const where = [
    `site_id = ${bind(query.siteId)}`,
    `${KIND} IN (1, 2, 3, 4)`,
    `is_test IN (0${query.includeTest ? ", 1" : ""})`,
    `occurred_at >= ${bind(query.from)} AND occurred_at <= ${bind(query.to)}`,
    "deleted_at IS NULL",
  ].join(" AND ");
  // Money as a real number: the sum of integers ends in an error where it leaves 64 bits.
  const groups = `SELECT ${KIND} AS kind, bot_name, bot_company, ai_source, name, count(*) AS n, total(value_micros) AS value
FROM events WHERE ${where} GROUP BY 1, CASE kind WHEN 1 THEN bot_name WHEN 2 THEN ai_source ELSE name END, CASE kind WHEN 1 THEN bot_company END`;
  const total = (kinds: string) => `(SELECT coalesce(sum(n), 0) FROM groups WHERE kind IN (${kinds}))`;
  const breakdown = (columns: string, kinds: string, group: string) =>
    `(SELECT json_group_array(json_array(${columns})) FROM (SELECT *, sum(n) AS count, total(value) AS sum FROM groups
WHERE kind IN (${kinds}) GROUP BY ${group} ORDER BY count DESC, 1, ${group} LIMIT ${MAX_BREAKDOWN}))`;
  return {
    sql: `WITH groups AS MATERIALIZED (${groups}) SELECT json_array(${total("1")}, ${total("2")}, ${total("3, 4")},
${breakdown("bot_name, bot_company, count", "1", "bot_name, bot_company")},
${breakdown("ai_source, count", "2", "ai_source")},
${breakdown("name, count, sum", "3, 4", "name")})`,
    args,
  };
}

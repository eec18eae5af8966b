import {
  ATTRIBUTED_TYPES,
  type AttributedFilter,
  type AttributedListQuery,
  type AttributedType,
} from "../domain/attributed-events.ts";
import { dayOf, MS_PER_DAY } from "../lib/clock.ts";
import { DAY_OF_EVENT } from "./counters.ts";
import { type Bind, createArguments, type Statement, splitIntoDays } from "./event-sql.ts";
import { ATTRIBUTED } from "./schema.ts";

/**
 * SQL over attributed events. Each index is named: without statistics, which a libSQL server does not
 * keep, SQLite would sometimes take another one.
 */
const LISTED = `events INDEXED BY events_attributed WHERE ${ATTRIBUTED}`;

const typesOf = ({ type }: AttributedFilter): readonly AttributedType[] =>
  type === undefined ? ATTRIBUTED_TYPES : [type];

function conditions({ siteId, from, to }: AttributedFilter, type: AttributedType, bind: Bind): string {
  return [
    `site_id = ${bind(siteId)}`,
    `type = ${bind(type)}`,
    ...(from === undefined ? [] : [`occurred_at >= ${bind(from)}`]),
    ...(to === undefined ? [] : [`occurred_at <= ${bind(to)}`]),
  ].join(" AND ");
}

/** A part of a UTC day, in ms, both inclusive. */
interface DayPart {
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

/** The days that a range holds in part, at most two. */
export function partDays({ from, to }: AttributedFilter): readonly DayPart[] {
  return splitIntoDays(from, to).parts.flatMap(([start, end]) => {
    const [first, last] = [dayOf(start), dayOf(end)];
    if (first === last) return [{ day: first, from: start, to: end }];
    const midnight = last * MS_PER_DAY;
    return [
      { day: first, from: start, to: midnight - 1 },
      { day: last, from: midnight, to: end },
    ];
  });
}

/** Rows `(day, type, n)`: whole days from the counters, part-days counted in the index. */
function days(filter: AttributedFilter, bind: Bind): string {
  const { wholeDays } = splitIntoDays(filter.from, filter.to);
  const types = typesOf(filter).map(bind).join(", ");
  const [first, last] = wholeDays ?? [0, -1];
  const counted = [
    `SELECT day, type, n FROM attributed_day_counts WHERE site_id = ${bind(filter.siteId)} AND type IN (${types})`,
    ...(first === undefined ? [] : [`day >= ${bind(first)}`]),
    ...(last === undefined ? [] : [`day <= ${bind(last)}`]),
  ].join(" AND ");
  const parts = partDays(filter).flatMap(({ day, ...part }) =>
    typesOf(filter).map(
      (type) =>
        `SELECT ${bind(day)}, ${bind(type)}, count(*) FROM ${LISTED} AND ${conditions({ ...filter, ...part }, type, bind)}`,
    ),
  );
  return [counted, ...parts].join(" UNION ALL ");
}

/** How many events match. */
export function attributedTotal(filter: AttributedFilter): Statement {
  const { args, bind } = createArguments();
  return { sql: `SELECT coalesce(sum(n), 0) FROM (${days(filter, bind)})`, args };
}

/** `[[day, type, n], …]`, days without events left out. */
export function attributedDays(filter: AttributedFilter): Statement {
  const { args, bind } = createArguments();
  const rows = `SELECT cast(day AS INTEGER) AS day, type, sum(n) AS n FROM (${days(filter, bind)}) GROUP BY 1, 2 HAVING sum(n) > 0`;
  return { sql: `SELECT json_group_array(json_array(day, type, n)) FROM (${rows})`, args };
}

/**
 * `[total, day, before]`: how many events match, on which day the one at `offset` lies (newest first),
 * and how many are on later days. Without such an event there is only the total.
 */
export function attributedPlace({ filter, offset }: AttributedListQuery): Statement {
  const { args, bind } = createArguments();
  const at = bind(offset);
  const sql = `WITH
    counted AS MATERIALIZED (SELECT cast(day AS INTEGER) AS day, sum(n) AS n FROM (${days(filter, bind)}) GROUP BY 1),
    placed AS (SELECT day, n, sum(n) OVER (ORDER BY day DESC) - n AS before FROM counted)
  SELECT json_array((SELECT coalesce(sum(n), 0) FROM counted), day, before)
  FROM (SELECT 1) LEFT JOIN placed ON before <= ${at} AND before + n > ${at}`;
  return { sql, args };
}

/** Whether the conversion of a click or a lead exists; a deleted one or a test is none. */
const CONVERTED = ["click", "customer"]
  .map((by) => {
    const column = by === "click" ? "click_id" : "customer_key";
    return `EXISTS (SELECT 1 FROM events AS sale INDEXED BY events_by_${by}
      WHERE sale.deleted_at IS NULL AND sale.${column} IS NOT NULL AND sale.${column} = event.${column}
        AND sale.is_test = 0 AND sale.type = 'conversion' AND sale.site_id = event.site_id)`;
  })
  .join(" OR ");

/** In the order of `decodeRow`. The details of a sale are parsed once, and only of sales. */
const ROW = `json_array(event.id, event.type, event.occurred_at, event.received_at, event.click_id, event.customer_key,
  event.session_id, event.url, event.referrer, event.country, event.region, event.city, event.device, event.os,
  event.browser, event.value_micros, event.currency, event.dedupe_key,
  CASE event.type WHEN 'conversion' THEN json_extract(
    event.data, '$.properties.sale_type', '$.properties.payment_status', '$.properties.is_recurring') END,
  CASE event.type WHEN 'conversion' THEN 0 ELSE ${CONVERTED} END)`;

/**
 * One page as one cell: a JSON array of rows, newest first.
 *
 * Each type comes out of the index in order, and SQLite merges them. What the offset skips is read in
 * the index alone; only the page's own events are looked up.
 */
export function attributedPage({ filter, offset, limit }: AttributedListQuery): Statement {
  const { args, bind } = createArguments();
  const parts = typesOf(filter).map(
    (type) => `SELECT id, occurred_at, occurred_sub FROM ${LISTED} AND ${conditions(filter, type, bind)}`,
  );
  const page = `${parts.join(" UNION ALL ")} ORDER BY occurred_at DESC, occurred_sub DESC, id DESC LIMIT ${bind(limit)} OFFSET ${bind(offset)}`;
  const sql = `SELECT json_group_array(${ROW}) FROM (${page}) AS page CROSS JOIN events AS event ON event.id = page.id`;
  return { sql, args };
}

/** ?1 program: `[{type: n}, time of the newest event]`. */
export const ATTRIBUTED_STATUS = `SELECT json_array(
  (SELECT json_group_object(type, n) FROM
    (SELECT type, sum(n) AS n FROM attributed_day_counts WHERE site_id = ?1 GROUP BY type)),
  (SELECT max(newest) FROM (${ATTRIBUTED_TYPES.map(
    (type) => `SELECT max(occurred_at) AS newest FROM ${LISTED} AND site_id = ?1 AND type = '${type}'`,
  ).join(" UNION ALL ")})))`;

/**
 * `[[day, currency, whole, micros, refunded], …]`: what conversions are worth, in whole units and the
 * micros beyond them, because the sum of micros alone could be too large an integer.
 */
export function attributedRevenue(filter: AttributedFilter): Statement {
  const { args, bind } = createArguments();
  const rows = `SELECT
      ${DAY_OF_EVENT} AS day,
      currency,
      sum(value_micros / 1000000) AS whole,
      sum(value_micros % 1000000) AS micros,
      total(data ->> '$.properties.refunded_amount_cents') AS refunded
    FROM ${LISTED} AND ${conditions(filter, "conversion", bind)} AND value_micros IS NOT NULL
    GROUP BY 1, 2`;
  return { sql: `SELECT json_group_array(json_array(day, currency, whole, micros, refunded)) FROM (${rows})`, args };
}

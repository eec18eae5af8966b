import QuickLRU from "quick-lru";
import type { StoredEvent } from "../domain/event.ts";

/**
 * How rows of a JSON array (`encode-rows.ts`) go in, by `INSERT … SELECT FROM json_each(?)`, and how a row of a JSON
 * array becomes an event again. What is written is not what is read: see `shorthand.ts`.
 *
 * The id and `received_offset` stand first: they are put in front when a batch goes out.
 */
const USUAL_COLUMNS = [
  "id",
  "received_offset",
  "site_id",
  "type",
  "occurred_at",
  "visitor_id",
  "session_id",
  "url",
  "referrer",
  "country",
  "shorthand",
  "data",
] as const;

/**
 * What few events have, the more frequent first. A row ends with the last of them that it has, and the insert takes
 * those that any row of its batch has: each that is left out saves 2 % of its time.
 */
const RARE_COLUMNS = [
  "dedupe_key",
  "path_text",
  "browser_text",
  "os_text",
  "device_text",
  "name",
  "bot_name",
  "bot_company",
  "ai_source",
  "region",
  "city",
  "value_micros",
  "currency",
  "click_id",
  "customer_key",
  "is_test",
  "occurred_sub",
] as const;

const COLUMNS = [...USUAL_COLUMNS, ...RARE_COLUMNS] as const;

const SITE_ID = COLUMNS.indexOf("site_id");
const DEDUPE_KEY = COLUMNS.indexOf("dedupe_key");

/**
 * What each column gets of a sent row. The data stays JSON whatever it is: `->>` would make a bare
 * text of a JSON string, and every list that meets it would fail.
 */
const SENT_VALUES = COLUMNS.map((column, position) => {
  if (column === "data") return `nullif(sent.event -> ${position}, 'null')`;
  const value = `sent.event ->> ${position}`;
  return column === "is_test" || column === "occurred_sub" ? `coalesce(${value}, 0)` : value;
});

/**
 * ?1 a JSON array of rows, ?2 how many rows it has: a row whose data is no JSON could otherwise end
 * the row early, or swallow its neighbours, and still be an array.
 *
 * `jsonb` once for each row: `value` is written out as text and parsed again wherever it stands, 28
 * times a row, which made the insert half as fast. `LIMIT -1` keeps SQLite from undoing that by
 * putting the expression in place of its name.
 */
const SENT = `(SELECT jsonb(value) AS event
FROM json_each(CASE WHEN json_array_length(?1) = ?2 THEN ?1 ELSE '' END) LIMIT -1) AS sent`;

/** As many as a connection keeps compiled: putting one together takes as long as it takes to store a row. */
const inserts = new QuickLRU<number, string>({ maxSize: 50 });

/**
 * Inserts all rows of one JSON array; those whose dedupe key the site has already are left out.
 *
 * The conflict target is named on purpose: a clash of *ids* is an error, never "already stored".
 *
 * @param rare which of the rare columns the rows have: bit n for the n-th.
 */
export function insertEvents(rare: number): string {
  const known = inserts.get(rare);
  if (known !== undefined) return known;
  const present = [...COLUMNS.keys()].filter((position) => {
    return position < USUAL_COLUMNS.length || (rare >> (position - USUAL_COLUMNS.length)) & 1;
  });
  const statement = `INSERT INTO events (${present.map((position) => COLUMNS[position]).join(", ")})
SELECT ${present.map((position) => SENT_VALUES[position]).join(", ")} FROM ${SENT} WHERE true
ON CONFLICT (site_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING`;
  inserts.set(rare, statement);
  return statement;
}

const ALL_RARE = 2 ** RARE_COLUMNS.length - 1;

/**
 * The same, where the very same batch may have been stored before: events that are there already,
 * equal in every column, are left out too. An equal id alone is still a clash.
 */
export const INSERT_EVENTS_AGAIN = insertEvents(ALL_RARE).replace(
  "WHERE true",
  `WHERE NOT EXISTS (SELECT 1 FROM events AS stored WHERE stored.id = sent.event ->> 0 AND ${COLUMNS.map(
    (column, position) => `stored.${column} IS ${SENT_VALUES[position]}`,
  ).join(" AND ")})`,
);

/**
 * After {@link insertEvents} in the same transaction: for each row that was left out, its position
 * and the event that was there before. Reads nothing, not even the rows, when as many went in as were sent (?2).
 */
export const SELECT_DUPLICATES = `SELECT sent.key AS position, stored.id AS id, stored.received_at AS received_at
FROM json_each(CASE WHEN changes() < ?2 THEN ?1 ELSE '[]' END) AS sent
CROSS JOIN events AS stored
  ON stored.site_id = sent.value ->> ${SITE_ID} AND stored.dedupe_key = sent.value ->> ${DEDUPE_KEY}
WHERE stored.id <> sent.value ->> 0`;

/** What {@link decodeRow} expects. */
const READ_COLUMNS = [
  ...["id", "received_at", "site_id", "type", "occurred_at", "visitor_id", "session_id", "url", "path", "referrer"],
  ...["device", "browser", "os", "country", "data", "dedupe_key", "name", "bot_name", "bot_company", "ai_source"],
  ...["region", "city", "value_micros", "currency", "click_id", "customer_key", "is_test", "occurred_sub"],
];

/**
 * One row as JSON, in the order that {@link decodeRow} expects.
 *
 * `|| ''` makes the properties a string of the array: as JSON they would be parsed with it, and
 * their number literals lost.
 */
export const SELECT_ROW = `json_array(${READ_COLUMNS.join(", ")}, data -> '$.properties' || '')`;

type RowValue = string | number | null;

/** A row written by {@link SELECT_ROW}. */
export function decodeRow(row: readonly RowValue[]): StoredEvent {
  return {
    id: row[0] as number,
    receivedAt: row[1] as number,
    siteId: row[2] as number,
    type: row[3] as string,
    occurredAt: row[4] as number,
    visitorId: row[5] as string | null,
    sessionId: row[6] as string | null,
    url: row[7] as string | null,
    path: row[8] as string | null,
    referrer: row[9] as string | null,
    device: row[10] as string | null,
    browser: row[11] as string | null,
    os: row[12] as string | null,
    country: row[13] as string | null,
    data: row[14] as string | null,
    dedupeKey: row[15] as string | null,
    name: row[16] as string | null,
    botName: row[17] as string | null,
    botCompany: row[18] as string | null,
    aiSource: row[19] as string | null,
    region: row[20] as string | null,
    city: row[21] as string | null,
    valueMicros: row[22] as number | null,
    currency: row[23] as string | null,
    clickId: row[24] as string | null,
    customerKey: row[25] as string | null,
    isTest: row[26] === 1,
    occurredSub: row[27] as number,
    properties: row[28] as string | null,
  };
}

/** The one cell that a list query answers with: a JSON array of rows. */
export function decodeRows(json: string): StoredEvent[] {
  return (JSON.parse(json) as RowValue[][]).map(decodeRow);
}

import type { NewEvent, ReturningEvent, StoredEvent } from "../domain/event.ts";
import { isCleanJson } from "../domain/text.ts";

/**
 * How an event becomes a row of a JSON array for `INSERT … SELECT FROM json_each(?)`, and how a
 * row of a JSON array becomes an event again.
 *
 * The id and `received_at` stand first: they are put in front when a batch goes out.
 */
const COLUMNS = [
  "id",
  "received_at",
  "site_id",
  "type",
  "name",
  "occurred_at",
  "occurred_sub",
  "visitor_id",
  "session_id",
  "url",
  "path",
  "referrer",
  "device",
  "browser",
  "os",
  "country",
  "region",
  "city",
  "bot_name",
  "bot_company",
  "ai_source",
  "click_id",
  "customer_key",
  "value_micros",
  "currency",
  "is_test",
  "dedupe_key",
  "data",
] as const;

const SITE_ID = COLUMNS.indexOf("site_id");
const DEDUPE_KEY = COLUMNS.indexOf("dedupe_key");

/**
 * What each column gets of a sent row. The data stays JSON whatever it is: `->>` would make a bare
 * text of a JSON string, and every list that meets it would fail.
 */
const SENT_VALUES = COLUMNS.map((column, position) =>
  column === "data" ? `nullif(sent.event -> ${position}, 'null')` : `sent.event ->> ${position}`,
);

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

/**
 * Inserts all rows of one JSON array; those whose dedupe key the site has already are left out.
 *
 * The conflict target is named on purpose: a clash of *ids* is an error, never "already stored".
 */
export const INSERT_EVENTS = `INSERT INTO events (${COLUMNS.join(", ")})
SELECT ${SENT_VALUES.join(", ")} FROM ${SENT} WHERE true
ON CONFLICT (site_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING`;

/**
 * The same, where the very same batch may have been stored before: events that are there already,
 * equal in every column, are left out too. An equal id alone is still a clash.
 */
export const INSERT_EVENTS_AGAIN = INSERT_EVENTS.replace(
  "WHERE true",
  `WHERE NOT EXISTS (SELECT 1 FROM events AS stored WHERE stored.id = sent.event ->> 0 AND ${COLUMNS.map(
    (column, position) => `stored.${column} IS ${SENT_VALUES[position]}`,
  ).join(" AND ")})`,
);

/**
 * After {@link INSERT_EVENTS} in the same transaction: for each row that was left out, its position
 * and the event that was there before. Reads nothing when as many rows went in as were sent (?2).
 */
export const SELECT_DUPLICATES = `SELECT sent.key AS position, stored.id AS id, stored.received_at AS received_at
FROM json_each(?1) AS sent
CROSS JOIN events AS stored
  ON stored.site_id = sent.value ->> ${SITE_ID} AND stored.dedupe_key = sent.value ->> ${DEDUPE_KEY}
WHERE changes() < ?2 AND stored.id <> sent.value ->> 0`;

/** No row at all: the batch fails, and the search for bad rows finds it. */
const UNSTORABLE = "";

/**
 * An event as the row's JSON text behind `[id,received_at`; one that keeps its own `received_at`
 * begins with that.
 *
 * What comes here has passed the text gate. It is looked at once more, because SQLite would turn an
 * unpaired surrogate into a text at whose reading libSQL aborts the process: such an event becomes a
 * row that the database refuses.
 */
export function encodeRow(event: NewEvent | ReturningEvent): string {
  const fields = JSON.stringify([
    event.siteId,
    event.type,
    event.name,
    event.occurredAt,
    event.occurredSub,
    event.visitorId,
    event.sessionId,
    event.url,
    event.path,
    event.referrer,
    event.device,
    event.browser,
    event.os,
    event.country,
    event.region,
    event.city,
    event.botName,
    event.botCompany,
    event.aiSource,
    event.clickId,
    event.customerKey,
    event.valueMicros,
    event.currency,
    event.isTest ? 1 : 0,
    event.dedupeKey,
  ]);
  // The data is spliced in as it came: parsing and writing it again would lose number literals.
  if (!isCleanJson(fields) || !isCleanJson(event.data ?? "null")) return UNSTORABLE;
  const row = `,${fields.slice(1, -1)},${event.data}]`;
  return "receivedAt" in event ? `${event.receivedAt}${row}` : row;
}

/** The `received_at` that a row of {@link encodeRow} brings; null where it brings none. */
export const receivedAtOf = (row: string): number | null =>
  row.startsWith(",") || row === UNSTORABLE ? null : Number.parseInt(row, 10);

/** `[id,received_at` and the rest of a row, which may bring its own `received_at`. */
export function numberRow(id: number, receivedAt: number, row: string): string {
  return receivedAtOf(row) === null ? `[${id},${receivedAt}${row}` : `[${id},${row}`;
}

/**
 * One row as JSON, in the order that {@link decodeRow} expects.
 *
 * `|| ''` makes the properties a string of the array: as JSON they would be parsed with it, and
 * their number literals lost.
 */
export const SELECT_ROW = `json_array(${COLUMNS.join(", ")}, data -> '$.properties' || '')`;

type RowValue = string | number | null;

/** A row written by {@link SELECT_ROW}. */
export function decodeRow(row: readonly RowValue[]): StoredEvent {
  return {
    id: row[0] as number,
    receivedAt: row[1] as number,
    siteId: row[2] as number,
    type: row[3] as string,
    name: row[4] as string | null,
    occurredAt: row[5] as number,
    occurredSub: row[6] as number,
    visitorId: row[7] as string | null,
    sessionId: row[8] as string | null,
    url: row[9] as string | null,
    path: row[10] as string | null,
    referrer: row[11] as string | null,
    device: row[12] as string | null,
    browser: row[13] as string | null,
    os: row[14] as string | null,
    country: row[15] as string | null,
    region: row[16] as string | null,
    city: row[17] as string | null,
    botName: row[18] as string | null,
    botCompany: row[19] as string | null,
    aiSource: row[20] as string | null,
    clickId: row[21] as string | null,
    customerKey: row[22] as string | null,
    valueMicros: row[23] as number | null,
    currency: row[24] as string | null,
    isTest: row[25] === 1,
    dedupeKey: row[26] as string | null,
    data: row[27] as string | null,
    properties: row[28] as string | null,
  };
}

/** The one cell that a list query answers with: a JSON array of rows. */
export function decodeRows(json: string): StoredEvent[] {
  return (JSON.parse(json) as RowValue[][]).map(decodeRow);
}

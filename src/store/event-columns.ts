import type { NewEvent, StoredEvent } from "../domain/event.ts";

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
 * Inserts all rows of one JSON array; those whose dedupe key the site has already are left out.
 *
 * The conflict target is named on purpose: a clash of *ids* is an error, never "already stored".
 */
export const INSERT_EVENTS = `INSERT INTO events (${COLUMNS.join(", ")})
SELECT ${COLUMNS.map((_, position) => `value ->> ${position}`).join(", ")} FROM json_each(?1) WHERE true
ON CONFLICT (site_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING`;

/** The same, where the very same batch may have been stored before: ids that exist are left out too. */
export const INSERT_EVENTS_AGAIN = INSERT_EVENTS.replace(/ON CONFLICT[\s\S]*$/, "ON CONFLICT DO NOTHING");

/**
 * After {@link INSERT_EVENTS} in the same transaction: for each row that was left out, its position
 * and the event that was there before. Reads nothing when as many rows went in as were sent (?2).
 */
export const SELECT_DUPLICATES = `SELECT sent.key AS position, stored.id AS id, stored.received_at AS received_at
FROM json_each(?1) AS sent
CROSS JOIN events AS stored
  ON stored.site_id = sent.value ->> ${SITE_ID} AND stored.dedupe_key = sent.value ->> ${DEDUPE_KEY}
WHERE changes() < ?2 AND stored.id <> sent.value ->> 0`;

/** An event as the row's JSON text behind `[id,received_at`. */
export function encodeRow(event: NewEvent): string {
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
  return `,${fields.slice(1, -1)},${event.data}]`;
}

/** `[id,received_at` and the rest of a row. */
export function numberRow(id: number, receivedAt: number, row: string): string {
  return `[${id},${receivedAt}${row}`;
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

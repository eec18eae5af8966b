import { FIELDS_BEFORE_TIMES, FIELDS_BEHIND_TIMES, type WrittenEvent } from "../domain/exported-event.ts";
import { events } from "./schema.ts";

/** Stands between the parts of a row, and {@link BETWEEN_ROWS} between rows: JSON text holds neither. */
const BETWEEN_PARTS = "\u001f";
const BETWEEN_ROWS = "\n";

const objectOf = (fields: typeof FIELDS_BEFORE_TIMES | typeof FIELDS_BEHIND_TIMES): string =>
  `json_object(${Object.entries(fields).map(([field, name]) => `'${field}', ${events[name].name}`)})`;

const PARTS = [
  "json_array(id, received_at, occurred_at, occurred_sub, is_test, value_micros)",
  "iif(dedupe_key IS NULL, '', json_quote(dedupe_key))",
  objectOf(FIELDS_BEFORE_TIMES),
  objectOf(FIELDS_BEHIND_TIMES),
  "coalesce(data -> '$.properties', '')",
  "coalesce(data, '')",
].join(` || char(${BETWEEN_PARTS.charCodeAt(0)}) || `);

/** All rows as one text, which {@link decodeWritten} reads: SQLite writes JSON as the line of an export has it. */
export const WRITTEN_ROWS = `coalesce(group_concat(${PARTS}, char(${BETWEEN_ROWS.charCodeAt(0)})), '')`;

type Numbers = [
  id: number,
  receivedAt: number,
  occurredAt: number,
  ticks: number,
  isTest: number,
  value: number | null,
];
type Parts = [numbers: string, key: string, before: string, behind: string, properties: string, data: string];

/** Only what a line has otherwise than it is stored is read: no text of an event but its key. */
export function decodeWritten(text: string): WrittenEvent[] {
  return text === "" ? [] : text.split(BETWEEN_ROWS).map(decodeRow);
}

function decodeRow(row: string): WrittenEvent {
  const [numbers, key, before, behind, properties, data] = row.split(BETWEEN_PARTS) as Parts;
  const [id, receivedAt, occurredAt, occurredSub, isTest, valueMicros] = JSON.parse(numbers) as Numbers;
  return {
    id,
    receivedAt,
    occurredAt,
    occurredSub,
    isTest: isTest === 1,
    valueMicros,
    dedupeKey: key === "" ? null : (JSON.parse(key) as string),
    beforeTimes: before.slice(1, -1),
    behindTimes: behind.slice(1, -1),
    properties: properties === "" ? null : properties,
    data: data === "" ? null : data,
  };
}

import type { NewEvent, ReturningEvent } from "../domain/event.ts";
import { isCleanJson } from "../domain/text.ts";
import { timeOfId } from "../lib/ids.ts";
import { type Shortened, shorten } from "./shorthand.ts";
import type { BatchShape } from "./write-protocol.ts";

/** The events of one request as rows without their numbers. */
export interface EncodedRows extends BatchShape {
  /**
   * Each the row's JSON text behind `[id,received_offset`; that of an event that keeps its own `received_at` begins with
   * it.
   */
  readonly rows: readonly string[];
  /** In UTF-16 units: close enough to bytes to bound memory, and free. */
  readonly bytes: number;
}

type Value = string | number | null;

export function encodeRows(events: readonly (NewEvent | ReturningEvent)[]): EncodedRows {
  const rows: string[] = [];
  let bytes = 0;
  let keyed = false;
  let rare = 0;
  for (const event of events) {
    const shortened = shorten(event);
    const values = rareValues(event, shortened);
    const present = presentIn(values);
    const row = encodeRow(event, shortened, upToLast(values, present));
    rows.push(row);
    bytes += row.length;
    keyed ||= event.dedupeKey !== null;
    rare |= present;
  }
  return { rows, bytes, keyed, rare };
}

/** The `received_at` that an encoded row brings; null where it brings none. */
export const receivedAtOf = (row: string): number | null =>
  row.startsWith(",") || row === UNSTORABLE ? null : Number.parseInt(row, 10);

/** A whole row. The `received_at` that an encoded one brings is left away: it is to be given. */
export function numberRow(id: number, receivedAt: number, row: string): string {
  return `[${id},${receivedAt - timeOfId(id)}${row.slice(row.indexOf(","))}`;
}

/** No row at all: the batch fails, and the search for bad rows finds it. */
const UNSTORABLE = "";

/**
 * What comes here has passed the text gate. It is looked at once more, because SQLite would turn an
 * unpaired surrogate into a text at whose reading libSQL aborts the process: such an event becomes a
 * row that the database refuses.
 */
function encodeRow(event: NewEvent | ReturningEvent, { shorthand }: Shortened, rare: readonly Value[]): string {
  const usual = encodeValues([
    event.siteId,
    event.type,
    event.occurredAt,
    event.visitorId,
    event.sessionId,
    event.url,
    event.referrer,
    event.country,
    shorthand,
  ]);
  const rest = rare.length === 0 ? "" : encodeValues(rare);
  // The data is spliced in as it came: parsing and writing it again would lose number literals.
  const isClean = usual !== null && rest !== null && isCleanJson(event.data ?? "null");
  if (!isClean) return UNSTORABLE;
  const row = `${usual},${event.data}${rest}]`;
  return "receivedAt" in event ? `${event.receivedAt}${row}` : row;
}

/** `,1,"a"`; null for what must not be stored. */
function encodeValues(values: readonly Value[]): string | null {
  const json = JSON.stringify(values);
  return isCleanJson(json) ? `,${json.slice(1, -1)}` : null;
}

/** The values of `RARE_COLUMNS`. */
function rareValues(event: NewEvent, shortened: Shortened): readonly Value[] {
  return [
    event.dedupeKey,
    shortened.pathText,
    shortened.browserText,
    shortened.osText,
    shortened.deviceText,
    event.name,
    event.botName,
    event.botCompany,
    event.aiSource,
    event.region,
    event.city,
    event.valueMicros,
    event.currency,
    event.clickId,
    event.customerKey,
    event.isTest ? 1 : null,
    event.occurredSub === 0 ? null : event.occurredSub,
  ];
}

/** Bit n: whether there is an n-th. */
function presentIn(values: readonly Value[]): number {
  let present = 0;
  for (let n = 0; n < values.length; n++) if (values[n] !== null) present |= 1 << n;
  return present;
}

const upToLast = (values: readonly Value[], present: number): readonly Value[] =>
  values.slice(0, 32 - Math.clz32(present));

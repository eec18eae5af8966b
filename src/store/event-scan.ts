import type { WrittenEvent } from "../domain/exported-event.ts";
import type { Position } from "../domain/page.ts";
import type { EventName, EventScan, EventScanQuery } from "../domain/ports.ts";
import { decodeRows, SELECT_ROW } from "./event-columns.ts";
import {
  conditions,
  createArguments,
  isIndexed,
  ORDER_BY,
  pageRanges,
  type Statement,
  testCondition,
  testRanges,
} from "./event-sql.ts";
import { decodeWritten } from "./exported-rows.ts";

/** How many events one stretch looks at: some milliseconds of work, whatever matches. */
export const SCANNED_ROWS = 1_000;

/** How much a stretch may hold, in bytes of its largest columns; a single event may be larger. */
export const SCANNED_BYTES = 1024 * 1024;

/**
 * The columns of which one alone can be large. Their lengths are read off the row's header; a path that has to be read
 * off the URL counts as long as that.
 */
const LARGE_COLUMNS = ["data", "url", "url", "path_text", "referrer", "name"];
const ROW_BYTES = LARGE_COLUMNS.map((column) => `coalesce(octet_length(${column}), 0)`).join(" + ");

const POSITION = "id, occurred_at, occurred_sub";

/** The rows of a stretch as a JSON array of arrays. */
const JSON_ROWS = `json_group_array(${SELECT_ROW})`;

/**
 * One stretch of a list as one cell: `[occurredAt,occurredSub,id]` or `null`, a line break, and its rows.
 *
 * First the positions of the next events out of their index, then as many of these as fit, then the
 * rows of those that match. Carrying whole rows through the first two steps is a third slower.
 *
 * @param rows what all rows together become: one text.
 */
export function selectScan(query: EventScanQuery, rows = JSON_ROWS): Statement {
  const { filter, order } = query;
  const { args, bind } = createArguments();
  const isByArrival = order === "received";
  const ranges = isByArrival
    ? [query.after ? `id > ${bind(query.after.id)}` : "true"]
    : pageRanges({ ...query, filter: indexedPart(filter) }, bind).flatMap((range) =>
        testRanges(filter).map((test) => [...range, test].join(" AND ")),
      );
  const source = isByArrival ? "events NOT INDEXED" : "events";
  const parts = ranges.map((range) => `SELECT ${POSITION}, ${ROW_BYTES} AS bytes FROM ${source} WHERE ${range}`);
  const matches = !isByArrival && isIndexed(filter) ? [] : [...conditions(filter, bind), testCondition(filter)];
  const sql = `WITH scanned AS (${parts.join(" UNION ALL ")} ORDER BY ${ORDER_BY[order]} LIMIT ${bind(SCANNED_ROWS)}),
sized AS (SELECT *, row_number() OVER before AS n, sum(bytes) OVER before - bytes AS bytes_before
  FROM scanned WINDOW before AS (ROWS UNBOUNDED PRECEDING)),
stretch AS (SELECT * FROM sized WHERE bytes_before < ${bind(SCANNED_BYTES)})
SELECT coalesce((SELECT json_array(occurred_at, occurred_sub, id) FROM stretch ORDER BY n DESC LIMIT 1), 'null') || char(10)
  || (SELECT ${rows} FROM (SELECT id AS scanned FROM stretch) CROSS JOIN events ON id = scanned
    WHERE ${["true", ...matches].join(" AND ")})`;
  return { sql, args };
}

/** What a list index knows of a filter. */
function indexedPart({ siteId, type, from, to }: EventScanQuery["filter"]): EventScanQuery["filter"] {
  return {
    siteId,
    ...(type === undefined ? {} : { type }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

type PositionCell = readonly [occurredAt: number, occurredSub: number, id: number] | null;

/** The cell of {@link selectScan}. */
export function decodeScan(cell: string): EventScan {
  const { next, rows } = splitScan(cell);
  return { events: decodeRows(rows), next };
}

/** The same of one whose rows are {@link WRITTEN_ROWS}. */
export function decodeWrittenScan(cell: string): EventScan<WrittenEvent> {
  const { next, rows } = splitScan(cell);
  return { events: decodeWritten(rows), next };
}

function splitScan(cell: string): { next: Position | null; rows: string } {
  const end = cell.indexOf("\n");
  return { next: toPosition(JSON.parse(cell.slice(0, end))), rows: cell.slice(end + 1) };
}

const SELECT_POSITION = "SELECT json_array(occurred_at, occurred_sub, id) FROM events";

/** One position as one cell, no row where there is none. */
export function selectPosition(siteId: number, name: EventName): Statement {
  return "id" in name
    ? { sql: `${SELECT_POSITION} WHERE id = ?1 AND site_id = ?2`, args: [name.id, siteId] }
    : { sql: `${SELECT_POSITION} WHERE site_id = ?1 AND dedupe_key = ?2`, args: [siteId, name.dedupeKey] };
}

export const SELECT_LAST_POSITION = `${SELECT_POSITION} ORDER BY id DESC LIMIT 1`;

/** The cell of {@link selectPosition}. */
export function decodePosition(cell: string | number | null): Position | null {
  return cell === null ? null : toPosition(JSON.parse(String(cell)));
}

function toPosition(cell: PositionCell): Position | null {
  return cell && { occurredAt: cell[0], occurredSub: cell[1], id: cell[2] };
}

/** ?1 site, ?2 JSON array of ids: those that the site has, as a JSON array. */
export const SELECT_EXISTING = `SELECT json_group_array(events.id) FROM json_each(?2) AS asked CROSS JOIN events ON events.id = asked.value
WHERE site_id = ?1`;

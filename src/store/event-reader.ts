import type { StoredEvent } from "../domain/event.ts";
import type { Position } from "../domain/page.ts";
import type { EventFilter, EventListQuery, EventPage, EventReader } from "../domain/ports.ts";
import { decodeRow, decodeRows } from "./event-columns.ts";
import {
  decodePosition,
  decodeScan,
  decodeWrittenScan,
  SELECT_EXISTING,
  SELECT_LAST_POSITION,
  selectPosition,
  selectScan,
} from "./event-scan.ts";
import {
  COUNTER_TOTAL,
  countLive,
  isCounted,
  isIndexed,
  rangeTotal,
  SELECT_EVENT,
  type Statement,
  selectPage,
} from "./event-sql.ts";
import { WRITTEN_ROWS } from "./exported-rows.ts";
import { isTooLarge } from "./read-failure.ts";
import type { Cell, SqlValue } from "./read-pool.ts";

/** What a read says about itself. */
export interface ReadHints {
  /**
   * It lists or counts events of these sites: a replica may answer that has what this process stored of them,
   * and any while the database is away.
   */
  readonly eventsOf?: readonly number[];
  /** While the database is away, what a replica has will do, however old; unless that is nothing. */
  readonly orOlder?: boolean;
}

/** One read: a statement that selects one cell. Without hints, the answer is the database's own. */
export type ReadCell = (sql: string, args: readonly SqlValue[], hints?: ReadHints) => Promise<Cell>;

export interface EventReaderOptions {
  /** For reads whose work an index bounds: on the main thread. */
  readonly bounded: ReadCell;
  /** For all others: off-thread, with a deadline. */
  readonly unbounded: ReadCell;
  /** As `bounded`, of everything that is stored: also of what deletions under way hide. Of the database itself. */
  readonly stored: ReadCell;
}

/** A page that skips or holds more rows than this is read off-thread. */
const BOUNDED_ROWS = 500;

export function createEventReader({ bounded, unbounded, stored }: EventReaderOptions): EventReader {
  /** Reads about a site's events, which a replica may answer. */
  const read = (lane: ReadCell, { siteId }: EventFilter, { sql, args }: Statement) =>
    lane(sql, args, { eventsOf: [siteId] });
  /** Reads that must lack nothing. */
  const readAll = (lane: ReadCell, { sql, args }: Statement) => lane(sql, args);

  async function readPage(query: EventListQuery): Promise<{ events: StoredEvent[]; more: boolean }> {
    const rows = query.limit + (query.after ? 0 : (query.offset ?? 0));
    const isBounded = query.order !== "received" && rows <= BOUNDED_ROWS && isIndexed(query.filter);
    // One more than asked for tells whether there is a next page.
    const events = await readRows(isBounded ? bounded : unbounded, query, query.limit + 1);
    const more = events.length > query.limit;
    if (more) events.pop();
    return { events, more };
  }

  /** The first rows of a list; in two halves where they are too large for one answer, and so on. */
  async function readRows(lane: ReadCell, query: EventListQuery, limit: number): Promise<StoredEvent[]> {
    try {
      return decodeRows(String(await read(lane, query.filter, selectPage(query, limit))));
    } catch (error) {
      if (limit === 1 || !isTooLarge(error)) throw error;
      const half = Math.ceil(limit / 2);
      const first = await readRows(lane, query, half);
      const last = first.at(-1);
      if (!last || first.length < half) return first;
      return [...first, ...(await readRows(lane, { ...query, after: last }, limit - half))];
    }
  }

  async function countEvents(filter: EventFilter, atMost?: number): Promise<number> {
    if (!isCounted(filter)) return Number(await read(unbounded, filter, countLive(filter, atMost)));
    if (filter.from !== undefined || filter.to !== undefined || filter.excludeBots) return countRange(filter);
    // Null: the type has no counter of its own.
    const args = [filter.siteId, filter.type ?? null, filter.includeTest ? 1 : 0];
    const counted = await read(bounded, filter, { sql: COUNTER_TOTAL, args });
    return counted === null ? Number(await read(unbounded, filter, countLive(filter))) : Number(counted);
  }

  async function countRange(filter: EventFilter): Promise<number> {
    const counted = await read(unbounded, filter, rangeTotal(filter));
    return counted === null ? Number(await read(unbounded, filter, countLive(filter))) : Number(counted);
  }

  return {
    async listEvents(query): Promise<EventPage> {
      const { events, more } = await readPage(query);
      const total = query.count ? await countEvents(query.filter) : null;
      return { events, next: nextPosition(query, events, more), total };
    },
    countEvents,
    async findEvent(id) {
      const cell = await bounded(SELECT_EVENT, [id], { orOlder: true });
      return cell === null ? null : decodeRow(JSON.parse(String(cell)));
    },
    async scanEvents(query) {
      return decodeScan(String(await readAll(unbounded, selectScan(query))));
    },
    async scanWritten(query) {
      return decodeWrittenScan(String(await readAll(unbounded, selectScan(query, WRITTEN_ROWS))));
    },
    async findPosition(siteId, name) {
      return decodePosition(await readAll(stored, selectPosition(siteId, name)));
    },
    async findLast() {
      return decodePosition(await stored(SELECT_LAST_POSITION, []));
    },
    async findExisting(siteId, ids) {
      return new Set<number>(JSON.parse(String(await stored(SELECT_EXISTING, [siteId, JSON.stringify(ids)]))));
    },
  };
}

/** In order of arrival more may always come: the walk ends nowhere. */
function nextPosition(query: EventListQuery, events: readonly StoredEvent[], more: boolean): Position | null {
  const last = events.at(-1);
  if (query.order === "received") return last ?? query.after ?? null;
  return more && last ? last : null;
}

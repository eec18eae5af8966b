import { nextTurn } from "../lib/next-turn.ts";
import { AppError, invalidQuery } from "./errors.ts";
import type { StoredEvent } from "./event.ts";
import { ownIdOf, type WrittenEvent } from "./exported-event.ts";
import type { Position } from "./page.ts";
import type { EventFilter, EventReader, EventScan, EventScanQuery } from "./ports.ts";
import type { Site } from "./site.ts";
import { isCleanText } from "./text.ts";

export const EXPORT_ORDERS = ["asc", "received"] as const;

export interface ExportQuery {
  readonly site: Site;
  readonly filter: EventFilter;
  /** By event time, or by arrival; both the same again after an import. */
  readonly order: (typeof EXPORT_ORDERS)[number];
  /** The `dedupeKey` of the last event that was received: the export goes on behind it. */
  readonly cursor?: string;
}

/**
 * Every event that matches, a few hundred at a time, or none where it takes long to find the next:
 * whoever has left need not be looked for any further. What is not asked for is not read: who takes
 * the events slowly costs nothing but the memory of some thousand of them.
 *
 * @throws `invalid_input` for a cursor that names no event of the site; `overloaded` and
 *   `deadline_exceeded` of the reader, after some tries. All events before that were complete.
 */
export type ExportEvents = Walk<WrittenEvent>;

/** The same events with all that is stored of them. */
export type ExportWhole = Walk<StoredEvent>;

type Walk<Event> = (query: ExportQuery) => AsyncGenerator<readonly Event[], void, void>;

/** Few enough for writing them out to leave the event loop free for others. */
const SLICE_EVENTS = 250;

/** Waits between tries while too many others read, in ms. */
const BACK_OFF_MS = [50, 200, 800, 2_000];

interface ExportDeps {
  readonly reader: EventReader;
  /** Resolves after that many ms. */
  readonly wait: (ms: number) => Promise<void>;
}

export const createExportEvents = (deps: ExportDeps): ExportEvents =>
  createWalk(deps, (query) => deps.reader.scanWritten(query));

export const createExportWhole = (deps: ExportDeps): ExportWhole =>
  createWalk(deps, (query) => deps.reader.scanEvents(query));

function createWalk<Event>(
  { reader, wait }: ExportDeps,
  read: (query: EventScanQuery) => Promise<EventScan<Event>>,
): Walk<Event> {
  async function patiently(query: EventScanQuery): Promise<EventScan<Event>> {
    for (const ms of BACK_OFF_MS) {
      try {
        return await read(query);
      } catch (error) {
        if (!(error instanceof AppError && error.code === "overloaded")) throw error;
        await wait(ms);
      }
    }
    return read(query);
  }

  return async function* walk({ site, filter, order, cursor }) {
    const start = cursor === undefined ? null : await findCursor(reader, site, cursor);
    const readOn = (after: Position | null) => {
      const stretch = patiently({ filter, order, ...(after ? { after } : {}) });
      // It is read ahead: who leaves before it is needed does not hear of its failure.
      stretch.catch(() => {});
      return stretch;
    };
    for (let stretch = readOn(start); ; ) {
      const { events, next } = await stretch;
      if (next === null) return;
      stretch = readOn(next);
      for (let begin = 0; begin === 0 || begin < events.length; begin += SLICE_EVENTS) {
        yield events.slice(begin, begin + SLICE_EVENTS);
        await nextTurn();
      }
    }
  };
}

/** @throws `invalid_input` */
async function findCursor(reader: EventReader, site: Site, cursor: string): Promise<Position> {
  const id = ownIdOf(cursor, site);
  const position =
    (id === null ? null : await reader.findPosition(site.id, { id })) ??
    (isCleanText(cursor) ? await reader.findPosition(site.id, { dedupeKey: cursor }) : null);
  if (position) return position;
  throw invalidQuery(
    "cursor",
    "Must be the dedupeKey of an exported event that the website still has; after its purge, go on by `from`",
  );
}

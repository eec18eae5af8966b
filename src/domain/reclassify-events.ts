import type { Reclassify } from "./enrichment.ts";
import type { StoredEvent } from "./event.ts";
import type { Position } from "./page.ts";
import type { EventReader, EventReclassifier, ReclassifiedEvent } from "./ports.ts";
import { whileBusy } from "./retry.ts";

/** How far it has come. */
export interface ReclassifyCounts {
  /** Events that were looked at. */
  readonly events: number;
  readonly changed: number;
}

export interface ReclassifyInput {
  readonly siteId: number;
  /** Ends the work between two pages. */
  readonly signal: AbortSignal;
  /** Called after each page. */
  readonly onProgress?: (counts: ReclassifyCounts) => void;
}

/** @throws `overloaded` when the database stays busy, and the signal's reason; what was changed until then stays. */
export type ReclassifyEvents = (input: ReclassifyInput) => Promise<ReclassifyCounts>;

const PAGE_EVENTS = 500;

/** So many changes are one transaction: a server beside it waits a few ms at most. */
const CHUNK_EVENTS = 250;

/**
 * Runs today's tables over the events of a site, page by page, while they are read and new ones come
 * in. Repeatable: what is right already is not written. Soft-deleted events are left alone.
 *
 * @param wait resolves after that many ms.
 */
export function createReclassifyEvents(deps: {
  reader: EventReader;
  reclassifier: EventReclassifier;
  reclassify: Reclassify;
  wait: (ms: number) => Promise<void>;
}): ReclassifyEvents {
  const { reader, reclassifier, reclassify, wait } = deps;

  function changesOf(events: readonly StoredEvent[]): readonly ReclassifiedEvent[] {
    return events.flatMap((event) => {
      const today = reclassify(event);
      return today ? [{ id: event.id, ...today }] : [];
    });
  }

  return async ({ siteId, signal, onProgress }) => {
    const counts = { events: 0, changed: 0 };
    let after: Position | null = null;
    do {
      signal.throwIfAborted();
      const page = await whileBusy(wait, () =>
        reader.listEvents({
          filter: { siteId, includeTest: true },
          order: "asc",
          limit: PAGE_EVENTS,
          count: false,
          ...(after ? { after } : {}),
        }),
      );
      const changes = changesOf(page.events);
      for (let at = 0; at < changes.length; at += CHUNK_EVENTS) {
        const chunk = changes.slice(at, at + CHUNK_EVENTS);
        await whileBusy(wait, () => reclassifier.reclassify(siteId, chunk));
      }
      counts.events += page.events.length;
      counts.changed += changes.length;
      onProgress?.(counts);
      after = page.next;
    } while (after !== null);
    return counts;
  };
}

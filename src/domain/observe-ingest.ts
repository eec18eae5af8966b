import type { IngestEvents, IngestedEvent } from "./ingest-events.ts";
import type { ObserveEvents } from "./observers.ts";

/** The same operation; `observe` is told what became of the events. */
export function observeIngest(ingestEvents: IngestEvents, observe: ObserveEvents): IngestEvents {
  return async (events) => {
    try {
      const ingested = await ingestEvents(events);
      // Neighbours mostly share site and outcome: one call for each run of them.
      let run = 0;
      let last: IngestedEvent | undefined;
      for (const one of ingested) {
        if (last && !isAlike(last, one)) {
          observe(last.event.siteId, last.result.outcome, run);
          run = 0;
        }
        last = one;
        run += 1;
      }
      if (last) observe(last.event.siteId, last.result.outcome, run);
      return ingested;
    } catch (error) {
      const refused = Map.groupBy(events, ({ site }) => site.id);
      for (const [siteId, { length }] of refused) observe(siteId, "refused", length);
      throw error;
    }
  };
}

const isAlike = (one: IngestedEvent, other: IngestedEvent): boolean =>
  one.event.siteId === other.event.siteId && one.result.outcome === other.result.outcome;

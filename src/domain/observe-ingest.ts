import type { IngestEvents } from "./ingest-events.ts";
import type { ObserveEvents } from "./observers.ts";

/** The same operation; `observe` is told what became of the events. */
export function observeIngest(ingestEvents: IngestEvents, observe: ObserveEvents): IngestEvents {
  return async (events) => {
    try {
      const ingested = await ingestEvents(events);
      // Neighbours mostly share site and outcome: one call for each run of them.
      let run = 0;
      for (const [position, { event, result }] of ingested.entries()) {
        run += 1;
        const next = ingested[position + 1];
        if (next && next.event.siteId === event.siteId && next.result.outcome === result.outcome) continue;
        observe(event.siteId, result.outcome, run);
        run = 0;
      }
      return ingested;
    } catch (error) {
      const refused = Map.groupBy(events, ({ site }) => site.id);
      for (const [siteId, { length }] of refused) observe(siteId, "refused", length);
      throw error;
    }
  };
}

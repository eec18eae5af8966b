import type { Enrich } from "../domain/enrichment.ts";
import { createIngestEvents } from "../domain/ingest-events.ts";
import { createNoteRejection, type ObserveRejection } from "../domain/note-rejection.ts";
import type { Store } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";

/** What takes events, and keeps what can be shown of those that are not taken. */
export function createCollecting(
  store: Store,
  deps: { clock: Clock; enrich: Enrich; observeRejection: ObserveRejection },
) {
  return {
    ingestEvents: createIngestEvents({ ...store, ...deps }),
    noteRejection: createNoteRejection({ ...store, ...deps }),
  };
}

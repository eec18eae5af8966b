import type { Enrich, VisitorHints } from "./enrichment.ts";
import type { NewEvent } from "./event.ts";
import type { AppendResult, EventWriter } from "./ports.ts";

export interface IngestEvent {
  readonly event: NewEvent;
  /** What the event's client did not say is filled in from these; null where the request is no visitor's own. */
  readonly hints: VisitorHints | null;
}

export interface IngestedEvent {
  /** As it was stored, but for its id. */
  readonly event: NewEvent;
  readonly result: AppendResult;
}

export type IngestEvents = (events: readonly IngestEvent[]) => Promise<readonly IngestedEvent[]>;

/**
 * Enriches events and stores them in one transaction. Results are in input order.
 *
 * @throws what {@link EventWriter.append} throws.
 */
export function createIngestEvents(deps: { writer: EventWriter; enrich: Enrich }): IngestEvents {
  const { writer, enrich } = deps;
  return async (events) => {
    const enriched = events.map(({ event, hints }) => (hints ? enrich(event, hints) : event));
    const results = await writer.append(enriched);
    return enriched.map((event, position) => ({ event, result: results[position] as AppendResult }));
  };
}

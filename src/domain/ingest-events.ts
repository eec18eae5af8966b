import type { Enrich, VisitorHints } from "./enrichment.ts";
import type { NewEvent } from "./event.ts";
import type { AppendResult, EventWriter } from "./ports.ts";

/** What an event's client did not say is filled in from these; null where the request is no visitor's own. */
export interface IngestEvent {
  readonly event: NewEvent;
  readonly hints: VisitorHints | null;
}

export type IngestEvents = (events: readonly IngestEvent[]) => Promise<readonly AppendResult[]>;

/**
 * Enriches events and stores them in one transaction. Results are in input order.
 *
 * @throws what {@link EventWriter.append} throws.
 */
export function createIngestEvents(deps: { writer: EventWriter; enrich: Enrich }): IngestEvents {
  const { writer, enrich } = deps;
  return (events) => writer.append(events.map(({ event, hints }) => (hints ? enrich(event, hints) : event)));
}

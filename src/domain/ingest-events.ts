import type { Enrich, VisitorHints } from "./enrichment.ts";
import { AppError } from "./errors.ts";
import type { NewEvent, SitelessEvent } from "./event.ts";
import type { AppendResult, EventWriter } from "./ports.ts";
import type { Site } from "./site.ts";

export interface IngestEvent {
  readonly site: Site;
  readonly event: SitelessEvent;
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
    const enriched = events.map(({ site, event: siteless, hints }) => {
      const event = { ...siteless, siteId: site.id };
      enrich(event, hints, site);
      return event;
    });
    const results = await writer.append(enriched);
    return enriched.map((event, position) => ({ event, result: results[position] as AppendResult }));
  };
}

/** An event that is on disk, now or since an earlier request. */
export interface StoredOne {
  readonly event: NewEvent;
  readonly result: Exclude<AppendResult, { outcome: "rejected" }>;
}

/**
 * Stores the one event of a request.
 *
 * @throws what `ingestEvents` throws, and `internal` where the database refused the event itself.
 */
export async function ingestOne(ingestEvents: IngestEvents, event: IngestEvent): Promise<StoredOne> {
  const [ingested] = await ingestEvents([event]);
  if (!ingested || ingested.result.outcome === "rejected") {
    throw new AppError("internal", "The event could not be stored", { cause: ingested?.result });
  }
  return { event: ingested.event, result: ingested.result };
}

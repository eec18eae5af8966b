import { AppError } from "../../../domain/errors.ts";
import type { NewEvent } from "../../../domain/event.ts";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import type { AppendResult } from "../../../domain/ports.ts";
import type { Site } from "../../../domain/site.ts";
import { type DecodedEvent, ofSite } from "./decode.ts";

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
export async function ingestOne(ingestEvents: IngestEvents, decoded: DecodedEvent, site: Site): Promise<StoredOne> {
  const [ingested] = await ingestEvents([ofSite(decoded, site)]);
  if (!ingested || ingested.result.outcome === "rejected") {
    throw new AppError("internal", "The event could not be stored", { cause: ingested?.result });
  }
  return { event: ingested.event, result: ingested.result };
}

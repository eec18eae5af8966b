import { NO_HINTS } from "../../../domain/enrichment.ts";
import type { IngestEvent } from "../../../domain/ingest-events.ts";
import { normalizeAddress } from "../../../lib/ip-address.ts";
import { type DecodedTrack, encodeData } from "./decode.ts";
import type { WritableScope } from "./scopes.ts";

/** A track event at its site. The address that was sent tells the country; who the visitor is says the client alone. */
export function placeTrack({ event, details }: DecodedTrack, { site, foreign }: WritableScope): IngestEvent {
  const address = details.remoteAddress === null ? null : normalizeAddress(details.remoteAddress);
  return {
    site,
    event: foreign === null ? event : { ...event, data: encodeData(details, foreign) },
    hints: address === null ? null : { ...NO_HINTS, address },
  };
}

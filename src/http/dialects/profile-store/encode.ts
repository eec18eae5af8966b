import type { NewEvent } from "../../../domain/event.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import type { TrackDetails } from "./decode.ts";

/** What is answered of a track event beside what is stored in columns. */
export interface TrackedFacts extends TrackDetails {
  readonly id: number;
  readonly scope: string;
}

/** `2017-09-15T07:16:34.7957819Z` */
export function encodeTime(ms: number, sub: number): string {
  return `${isoTime(ms).slice(0, -1)}${String(sub).padStart(4, "0")}Z`;
}

/**
 * A track event as JSON text. User and payload are put in as they were sent: parsing and writing
 * them again would lose number literals, and the order of names that look like numbers.
 */
export function encodeTracked(event: NewEvent, facts: TrackedFacts): string {
  const before = JSON.stringify({
    TrackId: String(facts.id),
    DeviceId: event.visitorId,
    EventType: event.type,
    Value: event.name,
    Scope: facts.scope,
    PageUri: event.url,
    PageTitle: facts.pageTitle,
    RemoteAddress: facts.remoteAddress,
    SessionId: event.sessionId,
  });
  const after = JSON.stringify({
    CountryCode: event.country,
    City: event.city,
    EventTime: encodeTime(event.occurredAt, event.occurredSub),
  });
  return `${before.slice(0, -1)},"User":${facts.user},"Payload":${facts.payload},${after.slice(1)}`;
}

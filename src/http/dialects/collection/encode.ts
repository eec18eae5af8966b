import { eventIdOf, fromMicros, type NewEvent } from "../../../domain/event.ts";
import { encodeCursor } from "../../../domain/page.ts";
import type { EventListQuery, EventPage } from "../../../domain/ports.ts";
import { websiteIdOf } from "../../../domain/site.ts";
import { isoTime } from "../../../lib/iso-time.ts";

/** An event's id on this wire: opaque, short, URL-safe, the same each time. */
const encodeEventId = (id: number): string => id.toString(36);

/** The id in a path, null when it cannot be one. */
export function decodeEventId(text: string): number | null {
  const id = /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
  return Number.isSafeInteger(id) && encodeEventId(id) === text ? id : null;
}

/** What is shown of an event beside what was sent. */
export interface EventFacts {
  readonly id: number;
  readonly receivedAt: number;
  /** As JSON text. */
  readonly properties: string | null;
}

/**
 * An event as JSON text. The properties are put in as they were stored: parsing and writing them
 * again would lose number literals.
 */
export function encodeEvent(event: NewEvent, { id, receivedAt, properties }: EventFacts): string {
  const json = JSON.stringify({
    id: encodeEventId(id),
    websiteId: websiteIdOf({ id: event.siteId }),
    eventType: event.type,
    eventName: event.name,
    url: event.url,
    referrer: event.referrer,
    sessionId: event.sessionId,
    visitorId: event.visitorId,
    deviceType: event.device,
    browser: event.browser,
    os: event.os,
    location: event.country,
    value: fromMicros(event.valueMicros),
    currency: event.currency,
    eventId: eventIdOf(event.dedupeKey),
    timestamp: event.occurredAt,
    createdAt: isoTime(receivedAt),
  });
  return `${json.slice(0, -1)},"properties":${properties}}`;
}

/** A page of the list as JSON text. */
export function encodeEventPage(page: EventPage, query: EventListQuery): string {
  const events = page.events.map((event) => encodeEvent(event, event)).join(",");
  const pagination = JSON.stringify({
    total: page.total,
    limit: query.limit,
    offset: query.offset ?? 0,
    nextCursor: page.next && encodeCursor(query.order, page.next),
  });
  return `{"events":[${events}],"pagination":${pagination}}`;
}

/** An event as the answer to a batch lists it. */
export function encodeBatchEvent(event: NewEvent, facts: { id: number; receivedAt: number; isDuplicate: boolean }) {
  return {
    id: encodeEventId(facts.id),
    websiteId: websiteIdOf({ id: event.siteId }),
    eventType: event.type,
    url: event.url,
    createdAt: isoTime(facts.receivedAt),
    ...(facts.isDuplicate ? { duplicate: true as const } : {}),
  };
}

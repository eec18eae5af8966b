import type { VisitorHints } from "../../../domain/enrichment.ts";
import { AppError, type FieldErrors } from "../../../domain/errors.ts";
import { emptyEvent, eventIdKey, MAX_VALUE, type NewEvent, toMicros } from "../../../domain/event.ts";
import type { Site } from "../../../domain/site.ts";
import { isShallow, truncateText } from "../../../domain/text.ts";
import { MS_PER_DAY } from "../../../lib/clock.ts";
import type { CreateEvent, TrackPageView } from "./schemas.ts";

/** 2000-01-01 UTC: what is older is a mistake in the unit. */
const EARLIEST = Date.UTC(2000, 0, 1);

/** As JSON. */
const MAX_PROPERTIES_BYTES = 32 * 1024;

const MAX_REFERRER_LENGTH = 2_048;

/** An event without its site. */
export interface DecodedEvent {
  readonly event: NewEvent;
  /** As JSON text; what `event.data` holds of it. */
  readonly properties: string | null;
  /** What tells of the visitor, null when nothing may be concluded from the request. */
  readonly hints: VisitorHints | null;
}

/** The same event, now of a site. */
export function ofSite(decoded: DecodedEvent, site: Pick<Site, "id">): DecodedEvent {
  return { ...decoded, event: { ...decoded.event, siteId: site.id } };
}

/** What the request around an event tells. */
export interface RequestFacts {
  readonly userAgent: string | null;
  /** A server posting for its visitors: the request's own User-Agent is not theirs. */
  readonly isFromServer: boolean;
  readonly nowMs: number;
}

/**
 * A validated body → an event of site 0; what the schema cannot say is checked here.
 *
 * @throws `invalid_input` that names every wrong field.
 */
export function decodeEvent(body: CreateEvent, facts: RequestFacts): DecodedEvent {
  const errors: Record<string, string[]> = {};
  const path = pathOf(body.url);
  if (path === null) errors.url = ["Must be an http or https URL"];
  const occurredAt = Math.floor(body.timestamp ?? facts.nowMs);
  if (!(occurredAt >= EARLIEST && occurredAt <= facts.nowMs + MS_PER_DAY)) {
    errors.timestamp = ["Must be milliseconds since 1970, from the year 2000 on and at most 24 hours ahead"];
  }
  if (body.value != null && Math.abs(body.value) > MAX_VALUE)
    errors.value = [`Must be between -${MAX_VALUE} and ${MAX_VALUE}`];
  const properties = encodeProperties(body.properties, errors);
  if (Object.keys(errors).length > 0) throw invalidEvent(errors);
  return {
    properties,
    hints: hintsOf(body, facts),
    event: {
      ...emptyEvent({ siteId: 0, type: body.eventType, occurredAt }),
      name: body.eventName ?? null,
      visitorId: body.visitorId,
      sessionId: body.sessionId,
      url: body.url,
      path,
      referrer: body.referrer ? truncateText(body.referrer, MAX_REFERRER_LENGTH) : null,
      device: body.deviceType ?? null,
      browser: body.browser ?? null,
      os: body.os ?? null,
      country: body.location ?? null,
      valueMicros: body.value == null ? null : toMicros(body.value),
      currency: body.currency?.toUpperCase() ?? null,
      dedupeKey: body.eventId == null ? null : eventIdKey(body.eventId),
      data: properties === null ? null : `{"properties":${properties}}`,
    },
  };
}

/**
 * The pixel's short names → the same event.
 *
 * @throws `invalid_input` that names every wrong field as the pixel does.
 */
export function decodeTrack(body: TrackPageView, facts: RequestFacts): DecodedEvent {
  try {
    return decodeEvent(
      {
        trackingCode: body.code,
        eventType: "pageview",
        url: body.url,
        sessionId: body.sid,
        visitorId: body.vid,
        referrer: body.ref ?? null,
        timestamp: body.t ?? null,
      },
      facts,
    );
  } catch (error) {
    if (!(error instanceof AppError) || !error.fieldErrors) throw error;
    const { timestamp, ...others } = error.fieldErrors;
    const fieldErrors = timestamp ? { ...others, t: timestamp } : others;
    throw new AppError("invalid_input", "Invalid tracking event data", { fieldErrors });
  }
}

export function invalidEvent(fieldErrors: FieldErrors): AppError {
  return new AppError("invalid_input", "Invalid event data", { fieldErrors });
}

function pathOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed && (parsed.protocol === "https:" || parsed.protocol === "http:") ? parsed.pathname : null;
}

function encodeProperties(properties: CreateEvent["properties"], errors: Record<string, string[]>): string | null {
  if (properties == null) return null;
  if (!isShallow(properties)) {
    errors.properties = ["Must be at most 16 levels deep"];
    return null;
  }
  const json = JSON.stringify(properties);
  if (Buffer.byteLength(json) > MAX_PROPERTIES_BYTES) errors.properties = ["Must be at most 32 KiB as JSON"];
  return json;
}

/**
 * The request's own User-Agent describes the visitor only when the visitor sends it; a `userAgent`
 * in the body always does.
 */
function hintsOf(body: CreateEvent, facts: RequestFacts): VisitorHints | null {
  if (body.userAgent != null) return { userAgent: body.userAgent };
  const saysItself = body.deviceType != null || body.browser != null || body.os != null;
  return facts.isFromServer || saysItself ? null : { userAgent: facts.userAgent };
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

export const TIME_EXPECTED = "Must be an ISO 8601 time, a date, or milliseconds since 1970";

/**
 * `2026-06-07T14:22:10Z`, `2026-06-07` or ms since 1970 → ms; null for anything else.
 *
 * @param end which end of a bare date is meant.
 */
export function parseTime(text: string, end: "first" | "last"): number | null {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  // A plus that was not escaped in a query arrives as a blank.
  const iso = text.replace(/ (?=\d{2}:?\d{2}$)/, "+");
  const [, date, zone] = TIME.exec(iso) ?? [];
  if (date === undefined || !isCalendarDay(date)) return null;
  const isDate = iso === date;
  // Without a zone JavaScript would read local time, which depends on the machine.
  const ms = Date.parse(isDate || zone !== undefined ? iso : `${iso}Z`);
  if (Number.isNaN(ms)) return null;
  return isDate && end === "last" ? ms + MS_PER_DAY - 1 : ms;
}

/** Whether the month has the day: JavaScript takes February 30 for March 2. */
function isCalendarDay(date: string): boolean {
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

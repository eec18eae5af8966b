import { NO_HINTS, type VisitorHints } from "../../../domain/enrichment.ts";
import { AppError, type FieldErrors } from "../../../domain/errors.ts";
import { emptyEvent, eventIdKey, MAX_VALUE, type SitelessEvent, toMicros } from "../../../domain/event.ts";
import { pathOfUrl } from "../../../domain/page-url.ts";
import { isShallow, truncateText } from "../../../domain/text.ts";
import { MS_PER_DAY } from "../../../lib/clock.ts";
import type { RequestFacts } from "../../request-facts.ts";
import type { CreateEvent, TrackPageView } from "./schemas.ts";

/** 2000-01-01 UTC: what is older is a mistake in the unit. */
const EARLIEST = Date.UTC(2000, 0, 1);

/** As JSON. */
const MAX_PROPERTIES_BYTES = 32 * 1024;

const MAX_REFERRER_LENGTH = 2_048;

/** An event without its site. */
export interface DecodedEvent {
  readonly event: SitelessEvent;
  /** As JSON text; what `event.data` holds of it. */
  readonly properties: string | null;
  /** What tells of the visitor, null when nothing may be concluded from the request. */
  readonly hints: VisitorHints | null;
}

/**
 * A validated body → an event; what the schema cannot say is checked here.
 *
 * @throws `invalid_input` that names every wrong field.
 */
export function decodeEvent(body: CreateEvent, facts: RequestFacts): DecodedEvent {
  const errors: Record<string, string[]> = {};
  const path = pathOfUrl(body.url);
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
      ...emptyEvent({ type: body.eventType, occurredAt }),
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
 * The request's own User-Agent describes the visitor only when the visitor sends it and says nothing
 * itself; a `userAgent` in the body always does.
 *
 * A body that says something itself may come from a script in a page, or from a server without a key.
 * Only bots that run scripts call themselves Mozilla and a bot; servers are `undici` or `curl`.
 */
function hintsOf(body: CreateEvent, { hints }: RequestFacts): VisitorHints | null {
  if (body.userAgent != null) return { ...(hints ?? NO_HINTS), userAgent: body.userAgent, clientHints: null };
  const saysItself = body.deviceType != null || body.browser != null || body.os != null;
  return hints && saysItself && !hints.userAgent?.startsWith("Mozilla/") ? { ...hints, userAgent: null } : hints;
}

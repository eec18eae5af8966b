import { NO_HINTS, type VisitorHints } from "../../../domain/enrichment.ts";
import { invalid, invalidQuery } from "../../../domain/errors.ts";
import { addToData, emptyEvent, eventIdKey, MAX_VALUE, type SitelessEvent, toMicros } from "../../../domain/event.ts";
import { pathOfUrl } from "../../../domain/page-url.ts";
import type { Site } from "../../../domain/site.ts";
import type { TimeRange } from "../../../domain/site-events.ts";
import { parseTimeBound } from "../../../domain/time-bound.ts";
import { MS_PER_DAY } from "../../../lib/clock.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import type { RequestFacts } from "../../request-facts.ts";
import type { StatsQuery, TrackEvent } from "./schemas.ts";

/** How many days a range has before its last one, when it does not say where it begins. */
const DEFAULT_DAYS = 7;

/** What each kind cannot do without. */
const NEEDED = { bot: "bot", referral: "s", conversion: "name" } as const satisfies Record<
  TrackEvent["t"],
  keyof TrackEvent
>;

/**
 * A validated body → an event.
 *
 * @throws `invalid_input` that names the field.
 */
export function decodeEvent(
  body: TrackEvent,
  site: Pick<Site, "domain">,
  facts: RequestFacts,
): { event: SitelessEvent; hints: VisitorHints | null } {
  const needed = NEEDED[body.t];
  if (body[needed] == null) throw invalid(needed, "Required", "Invalid event");
  if (body.value != null && Math.abs(body.value) > MAX_VALUE) {
    throw invalid("value", `Must be between -${MAX_VALUE} and ${MAX_VALUE}`, "Invalid event");
  }
  const event: SitelessEvent = {
    ...emptyEvent({ type: body.t === "conversion" ? "conversion" : "pageview", occurredAt: facts.nowMs }),
    ...decodePage(body.p, site.domain),
    country: body.country || null,
    city: body.city || null,
    dedupeKey: body.eventId == null ? null : eventIdKey(body.eventId),
    data: body.asn == null ? null : JSON.stringify({ properties: { asn: body.asn } }),
  };
  switch (body.t) {
    case "bot":
      return {
        event: { ...event, botName: body.bot ?? null, botCompany: body.company ?? null, data: said(event, "bot") },
        // What posts it is a worker between the bot and the site.
        hints: { ...NO_HINTS, userAgent: body.ua ?? null },
      };
    case "referral":
      return {
        event: { ...event, aiSource: body.s ?? null, data: said(event, "referral") },
        hints: ownHints(body, facts),
      };
    case "conversion":
      return {
        event: { ...event, name: body.name ?? null, valueMicros: body.value == null ? null : toMicros(body.value) },
        hints: ownHints(body, facts),
      };
  }
}

const said = (event: SitelessEvent, kind: "bot" | "referral"): string => addToData(event.data, "said", kind);

/** A worker says the country of its visitor: then the request is not the visitor's own, unless a browser sent it. */
const ownHints = ({ country }: TrackEvent, { hints }: RequestFacts): VisitorHints | null =>
  country == null || hints?.userAgent?.startsWith("Mozilla/") ? hints : null;

/** A URL, or the path of one on the site's domain. */
function decodePage(page: string, domain: string | null): Pick<SitelessEvent, "url" | "path"> {
  const path = pathOfUrl(page);
  if (path !== null) return { url: page, path };
  const url = domain !== null && page.startsWith("/") ? `https://${domain}${page}` : null;
  return { url, path: page.replace(/[?#].*$/s, "") };
}

export interface DecodedRange extends TimeRange {
  /** First and last day as `YYYY-MM-DD`. */
  readonly start: string;
  readonly end: string;
}

/**
 * Whole days, UTC, both included.
 *
 * @throws `invalid_input` that names the parameter.
 */
export function decodeRange(query: Pick<StatsQuery, "start" | "end">, nowMs: number): DecodedRange {
  const end = query.end ?? dayOf(nowMs);
  const to = parseDay("end", end, "last");
  const start = query.start ?? dayOf(to - DEFAULT_DAYS * MS_PER_DAY);
  const from = parseDay("start", start, "first");
  if (from > to) throw invalidQuery("start", "Must not be after `end`");
  return { start, end, from, to };
}

const dayOf = (ms: number): string => isoTime(ms).slice(0, 10);

function parseDay(parameter: "start" | "end", text: string, end: "first" | "last"): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseTimeBound(text, end) : null;
  if (ms === null) throw invalidQuery(parameter, "Must be a day as YYYY-MM-DD");
  return ms;
}

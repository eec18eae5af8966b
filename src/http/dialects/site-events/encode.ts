import { fromMicros } from "../../../domain/event.ts";
import { type Site, siteIdOf } from "../../../domain/site.ts";
import type { SiteEvent, SiteEventPage, SiteEventStats } from "../../../domain/site-events.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import { encodeCursor } from "./cursor.ts";
import type { DecodedRange } from "./decode.ts";
import type { Event } from "./schemas.ts";

/** An event with just the fields that the document shows for its type. */
function encodeEvent(event: SiteEvent): Event {
  const common = { page_path: event.path, country: event.country, created_at: isoTime(event.occurredAt) };
  switch (event.kind) {
    case "bot":
      return { id: event.id, type: "bot", ...common, bot_name: event.botName ?? "", bot_company: event.botCompany };
    case "referral":
      return { id: event.id, type: "referral", ...common, source: event.aiSource ?? "" };
    case "conversion":
      return {
        id: event.id,
        type: "conversion",
        ...common,
        event_name: event.name,
        event_value: fromMicros(event.valueMicros),
      };
  }
}

export function encodePage({ events, next }: SiteEventPage) {
  return { events: events.map(encodeEvent), next_cursor: next && encodeCursor(next) };
}

export function encodeSite(site: Site, eventsThisMonth: number) {
  return {
    id: siteIdOf(site),
    domain: site.domain,
    key: site.siteKey,
    events_this_month: eventsThisMonth,
    created_at: isoTime(site.createdAt),
  };
}

export function encodeStats({ totals, bots, sources, conversions }: SiteEventStats, { start, end }: DecodedRange) {
  return {
    period: { start, end },
    totals: { bot_visits: totals.bot, referrals: totals.referral, conversions: totals.conversion },
    bot_breakdown: bots.map(({ name, company, count }) => ({ bot_name: name, bot_company: company, count })),
    referral_breakdown: sources.map(({ source, count }) => ({ source, count })),
    conversion_breakdown: conversions.map(({ name, count, valueMicros }) => ({
      event_name: name,
      count,
      value: fromMicros(valueMicros) ?? 0,
    })),
  };
}

import { t } from "elysia";
import { SITE_EVENT_KINDS } from "../../../domain/site-events.ts";

/**
 * The wire format of "Events" by AttractOS, and of its clients where that document is silent. Where a
 * field is optional, null means the same as leaving it out.
 */
const nullable = <Schema extends Parameters<typeof t.Optional>[0]>(schema: Schema) =>
  t.Optional(t.Union([schema, t.Null()]));

const Label = (description: string) =>
  nullable(
    t.String({ minLength: 1, maxLength: 100, description, invalidMessage: "Must be a string of 1 to 100 characters" }),
  );

const Country = nullable(t.String({ maxLength: 100, description: "ISO 3166-1 alpha-2" }));

export const TrackEvent = t.Object(
  {
    t: t.Union(
      SITE_EVENT_KINDS.map((kind) => t.Literal(kind)),
      { description: "What it is" },
    ),
    k: t.String({ minLength: 1, maxLength: 100, description: "The site's key, `ak_…`" }),
    p: t.String({
      minLength: 1,
      maxLength: 2048,
      description: "The page: a path or a URL",
      invalidMessage: "Must be a path or a URL of 1 to 2048 characters",
    }),
    bot: Label("Name of the bot; a bot's visit must have it"),
    company: Label("Who runs the bot"),
    ua: nullable(t.String({ description: "The bot's User-Agent" })),
    s: Label("The AI source; a referral must have it"),
    name: Label("Name of the conversion; a conversion must have it"),
    value: nullable(t.Number({ description: "What the conversion is worth" })),
    country: Country,
    city: nullable(t.String({ maxLength: 100 })),
    asn: nullable(
      t.Union([t.Integer(), t.String({ maxLength: 100 })], { invalidMessage: "Must be a number or a string" }),
    ),
    eventId: nullable(
      t.String({
        minLength: 1,
        maxLength: 128,
        description: "Your own id: the event is stored once, however often it is sent",
        invalidMessage: "Must be a string of 1 to 128 characters",
      }),
    ),
  },
  { $id: "TrackSiteEvent", additionalProperties: true, invalidMessage: "Invalid event" },
);
export type TrackEvent = typeof TrackEvent.static;

export const Tracked = t.Object({ ok: t.Literal(true), id: t.Integer() }, { $id: "TrackedSiteEvent" });

export const VerifySite = t.Object(
  {
    key: t.String({ minLength: 1, maxLength: 100, description: "The site's key, `ak_…`" }),
    domain: t.String({ minLength: 1, maxLength: 2048, description: "Where it is installed: a host name or a URL" }),
    type: nullable(t.String({ maxLength: 100, description: "What is installed" })),
  },
  { $id: "VerifySite", additionalProperties: true },
);

export const Verified = t.Object({ ok: t.Literal(true) }, { $id: "VerifiedSite" });

export const SitePath = t.Object({
  siteId: t.String({ description: "The site's id, `site_…`, or any other of its names" }),
});

const Day = (description: string) =>
  t.Optional(
    t.String({
      description,
      openapi: { type: "string", format: "date" },
      invalidMessage: "Must be a day as YYYY-MM-DD",
    }),
  );

const Range = {
  start: Day("First day, UTC; 7 days before the last one when left out"),
  end: Day("Last day, UTC, with all of its hours; today when left out"),
  includeTest: t.Optional(
    t.Union([t.Literal("true"), t.Literal("false")], { default: "false", description: "Also test events" }),
  ),
};

export const StatsQuery = t.Object(Range, { additionalProperties: true });
export type StatsQuery = typeof StatsQuery.static;

export const ListEventsQuery = t.Object(
  {
    ...Range,
    type: t.Optional(t.Union(SITE_EVENT_KINDS.map((kind) => t.Literal(kind)))),
    limit: t.Optional(
      t.String({
        pattern: "^0*(?:[1-9]\\d{0,2}|1000)$",
        description: "How many at most",
        invalidMessage: "Must be a whole number from 1 to 1000",
        openapi: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
      }),
    ),
    cursor: t.Optional(t.String({ description: "`next_cursor` of the page before" })),
  },
  { additionalProperties: true },
);
export type ListEventsQuery = typeof ListEventsQuery.static;

const nullableString = t.Union([t.String(), t.Null()]);

const common = {
  id: t.Integer(),
  page_path: nullableString,
  country: nullableString,
  created_at: t.String({ format: "date-time", description: "When it happened" }),
};

export const Event = t.Union(
  [
    t.Object({ ...common, type: t.Literal("bot"), bot_name: t.String(), bot_company: nullableString }),
    t.Object({ ...common, type: t.Literal("referral"), source: t.String() }),
    t.Object({
      ...common,
      type: t.Literal("conversion"),
      event_name: nullableString,
      event_value: t.Union([t.Number(), t.Null()]),
    }),
  ],
  { $id: "SiteEvent" },
);
export type Event = typeof Event.static;

export const EventList = t.Object({ events: t.Array(Event), next_cursor: nullableString }, { $id: "SiteEventList" });

export const SiteList = t.Object(
  {
    sites: t.Array(
      t.Object({
        id: t.String(),
        domain: nullableString,
        key: t.String({ description: "Public and write-only" }),
        events_this_month: t.Integer({
          description: "Of the events that this API shows, since the first of the month, UTC",
        }),
        created_at: t.String({ format: "date-time" }),
      }),
    ),
  },
  { $id: "SiteList" },
);

export const Stats = t.Object(
  {
    period: t.Object({ start: t.String({ format: "date" }), end: t.String({ format: "date" }) }),
    totals: t.Object({ bot_visits: t.Integer(), referrals: t.Integer(), conversions: t.Integer() }),
    bot_breakdown: t.Array(t.Object({ bot_name: t.String(), bot_company: nullableString, count: t.Integer() })),
    referral_breakdown: t.Array(t.Object({ source: t.String(), count: t.Integer() })),
    conversion_breakdown: t.Array(t.Object({ event_name: nullableString, count: t.Integer(), value: t.Number() })),
  },
  { $id: "SiteStats" },
);

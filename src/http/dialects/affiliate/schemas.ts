import { t } from "elysia";
import { ATTRIBUTED_TYPES } from "../../../domain/attributed-events.ts";

/** The wire format of "List Tracking Events", of its neighbours, and our answers to them. */
export const ProgramPath = t.Object({ programId: t.String({ description: "The program: an integer" }) });

/** Numbers in a query are checked as text: Elysia's own conversion forgets which parameter was wrong. */
const WholeNumber = (pattern: string, invalidMessage: string, openapi: Readonly<Record<string, unknown>>) =>
  t.Optional(t.String({ pattern, invalidMessage, openapi: { type: "integer", ...openapi } }));

const dateFrom = t.Optional(t.String({ description: "Not before this time (inclusive): ISO 8601, or a date" }));
const dateTo = t.Optional(
  t.String({ description: "Not after this time (inclusive): ISO 8601, or a date, which means its whole day" }),
);

export const ListTrackingEventsQuery = t.Object(
  {
    page: WholeNumber("^0*[1-9]\\d{0,8}$", "Must be a whole number of at least 1", {
      minimum: 1,
      default: 1,
      description: "Page number, from 1 on",
    }),
    pageSize: WholeNumber("^0*(?:[1-9]\\d?|100)$", "Must be a whole number from 1 to 100", {
      minimum: 1,
      maximum: 100,
      default: 10,
      description: "Events on a page",
    }),
    eventType: t.Optional(
      t.Union(
        ATTRIBUTED_TYPES.map((type) => t.Literal(type)),
        { description: "Only events of this type" },
      ),
    ),
    dateFrom,
    dateTo,
  },
  { additionalProperties: true },
);
export type ListTrackingEventsQuery = typeof ListTrackingEventsQuery.static;

export const PerformanceQuery = t.Object({ dateFrom, dateTo }, { additionalProperties: true });
export type PerformanceQuery = typeof PerformanceQuery.static;

const nullableString = t.Union([t.String(), t.Null()]);
const time = t.String({ format: "date-time" });

const shared = {
  id: t.Integer(),
  timestamp: t.String({ format: "date-time", description: "When it happened" }),
  click_id: nullableString,
  createdAt: t.String({ format: "date-time", description: "When it was stored" }),
};
const converted = t.Boolean({ description: "Whether a conversion has its click id or its customer key" });

export const TrackingEvent = t.Union(
  [
    t.Object({
      ...shared,
      event_type: t.Literal("click"),
      session_id: nullableString,
      page_url: nullableString,
      referrer_url: nullableString,
      geo_country: nullableString,
      geo_region: nullableString,
      geo_city: nullableString,
      device_type: nullableString,
      device_os: nullableString,
      browser_name: nullableString,
      converted,
    }),
    t.Object({
      ...shared,
      event_type: t.Literal("lead"),
      customer_key: nullableString,
      session_id: nullableString,
      page_url: nullableString,
      converted,
    }),
    t.Object({
      ...shared,
      event_type: t.Literal("conversion"),
      amount_cents: t.Union([t.Integer({ description: "In the currency's smallest unit" }), t.Null()]),
      currency: nullableString,
      sale_type: nullableString,
      payment_status: t.Union([t.String({ description: "paid, partially_refunded or refunded" }), t.Null()]),
      processor_event_id: t.Union([t.String({ description: "The sale's transaction_id" }), t.Null()]),
      is_recurring: t.Union([t.Boolean(), t.Null()]),
    }),
  ],
  { $id: "TrackingEvent" },
);

export const TrackingEventList = t.Object(
  {
    data: t.Array(TrackingEvent),
    meta: t.Object({
      pagination: t.Object({
        page: t.Integer(),
        pageSize: t.Integer(),
        pageCount: t.Integer(),
        total: t.Integer({ description: "Exact number of events that match" }),
      }),
    }),
  },
  { $id: "TrackingEventList" },
);

export const ProgramStatus = t.Object(
  {
    data: t.Object({
      programId: t.Integer(),
      clicks: t.Integer(),
      leads: t.Integer(),
      conversions: t.Integer(),
      last_event_at: t.Union([time, t.Null()]),
    }),
  },
  { $id: "ProgramStatus" },
);

const Revenue = t.Array(
  t.Object({
    currency: nullableString,
    amount_cents: t.Integer({ description: "What was sold, in the currency's smallest unit" }),
    refunded_cents: t.Integer({ description: "What of it was refunded" }),
  }),
);
const conversionRate = t.Number({ description: "Conversions of a hundred clicks; 0 where there are no clicks" });

export const ProgramPerformance = t.Object(
  {
    data: t.Array(
      t.Object({
        date: t.String({ format: "date" }),
        clicks: t.Integer(),
        leads: t.Integer(),
        conversions: t.Integer(),
        conversionRate,
        revenue: Revenue,
      }),
    ),
    metrics: t.Object({
      totalClicks: t.Integer(),
      totalLeads: t.Integer(),
      totalConversions: t.Integer(),
      conversionRate,
      totalRevenue: Revenue,
    }),
    meta: t.Object({ dateFrom: time, dateTo: time }),
  },
  { $id: "ProgramPerformance" },
);

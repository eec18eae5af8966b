import { t } from "elysia";
import { EXPORT_ORDERS } from "../../../domain/export-events.ts";
import { EXPORT_FORMATS } from "../../../domain/export-format.ts";
import { ListEventsQuery, nullableString } from "./schemas.ts";

/** The list's filters, without what cuts it into pages. */
const {
  limit: _limit,
  offset: _offset,
  cursor: _cursor,
  order: _order,
  count: _count,
  ...filters
} = ListEventsQuery.properties;

export const ExportEventsQuery = t.Object(
  {
    ...filters,
    format: t.Optional(
      t.Union(
        EXPORT_FORMATS.map((format) => t.Literal(format)),
        { default: "jsonl", description: "JSON lines, or CSV with a header" },
      ),
    ),
    order: t.Optional(
      t.Union(
        EXPORT_ORDERS.map((order) => t.Literal(order)),
        { default: "asc", description: "By the time of the event, or in order of arrival" },
      ),
    ),
    cursor: t.Optional(
      t.String({ maxLength: 2048, description: "The `dedupeKey` of the last event received: goes on behind it" }),
    ),
  },
  { additionalProperties: true },
);
export type ExportEventsQuery = typeof ExportEventsQuery.static;

export const StreamEventsQuery = t.Object(
  {
    ...filters,
    cursor: t.Optional(
      t.String({
        maxLength: 100,
        description: "`pagination.nextCursor` of a list in the order `received`: goes on behind it",
      }),
    ),
  },
  { additionalProperties: true },
);
export type StreamEventsQuery = typeof StreamEventsQuery.static;

const nullableObject = t.Union([t.Record(t.String(), t.Unknown()), t.Null()]);

export const ExportedEvent = t.Object(
  {
    dedupeKey: t.String({ description: "Names the event for good, also after an import elsewhere" }),
    eventType: t.String(),
    eventName: nullableString,
    timestamp: t.String({ format: "date-time", description: "When it happened; with 7 decimals where it has them" }),
    createdAt: t.String({ format: "date-time", description: "When it was stored" }),
    visitorId: nullableString,
    sessionId: nullableString,
    url: nullableString,
    path: nullableString,
    referrer: nullableString,
    deviceType: nullableString,
    browser: nullableString,
    os: nullableString,
    location: nullableString,
    region: nullableString,
    city: nullableString,
    botName: nullableString,
    botCompany: nullableString,
    aiSource: nullableString,
    clickId: nullableString,
    customerKey: nullableString,
    currency: nullableString,
    isTest: t.Boolean(),
    value: t.Union([t.Number(), t.Null()]),
    properties: nullableObject,
    data: t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
      description: "What another API stored beside the properties",
    }),
  },
  { $id: "ExportedEvent" },
);

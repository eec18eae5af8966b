import { Type } from "@sinclair/typebox";
import { t } from "elysia";
import { TRACKING_CODE } from "../../../domain/site.ts";
import { oneOf } from "../../one-of.ts";

/**
 * The wire format of "Event Collection API Guide", and our extensions to it. Where a field is
 * optional, null means the same as leaving it out.
 */
export const nullable = <Schema extends Parameters<typeof t.Optional>[0]>(schema: Schema) =>
  t.Optional(t.Union([schema, t.Null()]));

/**
 * A whole number in a body. Elysia's own type would take a text for one, and could not say what is wrong
 * with a number.
 */
export const WholeNumberInBody = (options: { minimum: number; maximum: number; description: string }) =>
  Type.Integer(options);

const Label = (description: string) =>
  nullable(t.String({ maxLength: 100, description, invalidMessage: "Must be a string of at most 100 characters" }));

const Identifier = (description: string) =>
  t.String({ minLength: 1, maxLength: 200, description, invalidMessage: "Must be a string of 1 to 200 characters" });

const EVENT_TYPES = ["pageview", "click", "custom", "conversion"] as const;
const DEVICE_TYPES = ["mobile", "tablet", "desktop"] as const;

const TrackingCode = t.String({
  pattern: TRACKING_CODE.source,
  maxLength: 100,
  description: "The website's tracking code",
  examples: ["pm-abc123-1704067200000"],
  invalidMessage: "Invalid tracking code format",
});

export const CreateEvent = t.Object(
  {
    trackingCode: TrackingCode,
    eventType: oneOf(EVENT_TYPES, { description: "What happened" }),
    url: t.String({
      maxLength: 2048,
      description: "The page's http(s) URL",
      invalidMessage: "Must be a URL of at most 2048 characters",
    }),
    referrer: nullable(t.String({ description: "Where the visitor came from; kept as text when it is no URL" })),
    sessionId: Identifier("The visitor's session"),
    visitorId: Identifier("The visitor"),
    deviceType: nullable(oneOf(DEVICE_TYPES)),
    browser: Label("Browser name"),
    os: Label("Operating system"),
    location: Label("Country or place"),
    timestamp: nullable(t.Number({ description: "When it happened, ms since 1970; now when left out" })),
    properties: nullable(
      t.Record(t.String(), t.Unknown(), {
        description: "Anything else: at most 32 KiB as JSON and 16 levels deep",
        invalidMessage: "Must be an object",
      }),
    ),
    eventId: nullable(
      t.String({
        minLength: 1,
        maxLength: 128,
        description: "Your own id: the event is stored once, however often it is sent",
        invalidMessage: "Must be a string of 1 to 128 characters",
      }),
    ),
    eventName: nullable(
      t.String({
        minLength: 1,
        maxLength: 100,
        description: "Names a custom event or a conversion",
        invalidMessage: "Must be a string of 1 to 100 characters",
      }),
    ),
    value: nullable(t.Number({ description: "What a conversion is worth" })),
    currency: nullable(
      t.String({
        pattern: "^[A-Za-z]{3}$",
        description: "ISO 4217 code of the value's currency",
        invalidMessage: 'Must be an ISO 4217 code such as "USD"',
      }),
    ),
    userAgent: nullable(
      t.String({ description: "The visitor's User-Agent, when the request is not the visitor's own" }),
    ),
  },
  { $id: "CreateEvent", additionalProperties: true, invalidMessage: "Invalid event data" },
);
export type CreateEvent = typeof CreateEvent.static;

/** Each event is judged alone, so a bad one never rejects its neighbours. */
export const CreateEventBatch = t.Object(
  {
    events: t.Array(t.Unknown(), {
      minItems: 1,
      maxItems: 1000,
      description: "1 to 1,000 events",
      openapi: t.Array(CreateEvent, { minItems: 1, maxItems: 1000 }),
    }),
  },
  { $id: "CreateEventBatch", additionalProperties: true, invalidMessage: "Invalid batch event data" },
);

export const TrackPageView = t.Object(
  {
    code: TrackingCode,
    sid: Identifier("The visitor's session"),
    vid: Identifier("The visitor"),
    url: t.String({
      maxLength: 2048,
      description: "The page's http(s) URL",
      invalidMessage: "Must be a URL of at most 2048 characters",
    }),
    ref: nullable(t.String({ description: "Where the visitor came from" })),
    t: nullable(t.Number({ description: "When it happened, ms since 1970" })),
  },
  { $id: "TrackPageView", additionalProperties: true, invalidMessage: "Invalid tracking event data" },
);
export type TrackPageView = typeof TrackPageView.static;

/**
 * A whole number in a query. Checked as text: Elysia's own conversion forgets which parameter was
 * wrong. The API description shows `openapi` instead.
 */
const WholeNumber = (options: { minimum: 0 | 1; default: number; description: string }) =>
  t.Optional(
    t.String({
      pattern: options.minimum === 0 ? "^\\d{1,15}$" : "^0*[1-9]\\d{0,14}$",
      description: options.description,
      invalidMessage: `Must be a whole number of at least ${options.minimum}`,
      openapi: { type: "integer", minimum: options.minimum, default: options.default },
    }),
  );

const Time = (description: string) => t.String({ description: `${description}: ISO 8601, or ms since 1970` });

export const ListEventsQuery = t.Object(
  {
    trackingCode: t.String({ description: "The website's tracking code" }),
    eventType: t.Optional(t.String({ description: "Only events of this type; any stored type" })),
    limit: WholeNumber({ minimum: 1, default: 100, description: "How many at most; above 1,000 is taken as 1,000" }),
    offset: WholeNumber({ minimum: 0, default: 0, description: "How many to skip; a cursor costs less" }),
    cursor: t.Optional(t.String({ maxLength: 100, description: "`pagination.nextCursor` of the page before" })),
    from: t.Optional(Time("Not before this time (inclusive)")),
    to: t.Optional(Time("Not after this time (inclusive); a date means its whole day")),
    sessionId: t.Optional(t.String()),
    visitorId: t.Optional(t.String()),
    eventName: t.Optional(t.String()),
    url: t.Optional(t.String({ description: "Exactly this URL" })),
    path: t.Optional(t.String({ description: "Paths that begin with this" })),
    bots: t.Optional(
      t.Union([t.Literal("include"), t.Literal("exclude")], {
        default: "include",
        description: "`exclude` leaves out what bots did, in the list and in its total",
      }),
    ),
    order: t.Optional(
      t.Union([t.Literal("desc"), t.Literal("asc"), t.Literal("received")], {
        default: "desc",
        description: "Newest first, oldest first, or in order of arrival, which can be followed for ever",
      }),
    ),
    count: t.Optional(
      t.Union([t.Literal("true"), t.Literal("false")], { default: "true", description: "`false` skips the total" }),
    ),
    includeTest: t.Optional(
      t.Union([t.Literal("true"), t.Literal("false")], { default: "false", description: "Also test events" }),
    ),
  },
  { additionalProperties: true },
);
export type ListEventsQuery = typeof ListEventsQuery.static;

export const nullableString = t.Union([t.String(), t.Null()]);

export const Event = t.Object(
  {
    id: t.String(),
    websiteId: t.String(),
    eventType: t.String(),
    eventName: nullableString,
    url: nullableString,
    referrer: nullableString,
    sessionId: nullableString,
    visitorId: nullableString,
    deviceType: nullableString,
    browser: nullableString,
    os: nullableString,
    location: nullableString,
    value: t.Union([t.Number(), t.Null()]),
    currency: nullableString,
    eventId: nullableString,
    timestamp: t.Integer({ description: "When it happened, ms since 1970" }),
    createdAt: t.String({ format: "date-time", description: "When it was stored" }),
    properties: t.Union([t.Record(t.String(), t.Unknown()), t.Null()]),
  },
  { $id: "Event" },
);
export type Event = typeof Event.static;

export const EventList = t.Object(
  {
    events: t.Array(Event),
    pagination: t.Object({
      total: t.Union([t.Integer(), t.Null()]),
      limit: t.Integer(),
      offset: t.Integer(),
      nextCursor: nullableString,
    }),
  },
  { $id: "EventList" },
);
export type EventList = typeof EventList.static;

export const EventBatchResult = t.Object(
  {
    success: t.Boolean(),
    eventsCreated: t.Integer(),
    events: t.Array(
      t.Object({
        id: t.String(),
        websiteId: t.String(),
        eventType: t.String(),
        url: nullableString,
        createdAt: t.String({ format: "date-time" }),
        duplicate: t.Optional(t.Literal(true)),
      }),
    ),
    errors: t.Optional(
      t.Array(
        t.Object({
          index: t.Integer(),
          error: t.String(),
          message: t.String(),
          details: t.Optional(t.Unknown()),
        }),
      ),
    ),
    message: t.String(),
  },
  { $id: "EventBatchResult" },
);

export const ErrorBody = t.Object(
  {
    error: t.String(),
    message: t.String(),
    details: t.Optional(
      t.Object({ formErrors: t.Array(t.String()), fieldErrors: t.Record(t.String(), t.Array(t.String())) }),
    ),
  },
  { $id: "CollectionError" },
);

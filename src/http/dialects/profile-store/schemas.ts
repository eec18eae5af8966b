import { type Static, type TSchema, t } from "elysia";

/** Names and ids: what an index or a counter may hold. In UTF-16 units. */
const MAX_NAME_LENGTH = 1_024;

/** How large one event may be as JSON, in bytes. */
export const MAX_EVENT_BYTES = 256 * 1024;

const MAX_BULK_EVENTS = 100;

/** How large a body of many events may be, in bytes. */
export const MAX_BULK_BYTES = 26 * 1024 * 1024;

/** Not there, or null. */
const orNothing = <T extends TSchema>(schema: T, description: string) =>
  t.Optional(t.Union([schema, t.Null()], { description }));

const name = (description: string) => t.String({ maxLength: MAX_NAME_LENGTH, description });
const anyObject = () => t.Object({}, { additionalProperties: true });

/** A track event as clients send it, by the names in their usual case. */
export const TrackEvent = t.Object(
  {
    DeviceId: name("The device that the event was sent from"),
    EventType: name("The type of event"),
    Value: t.String({ description: "A text for people" }),
    Scope: orNothing(name(""), "Whose event it is; `default` when left out"),
    PageUri: orNothing(t.String(), "Where it happened"),
    PageTitle: orNothing(t.String(), "The title of the page"),
    RemoteAddress: orNothing(t.String(), "The visitor's IP address; else that of the header `Epi-User-IP-Address`"),
    SessionId: orNothing(name(""), "The visitor's session"),
    User: orNothing(anyObject(), "Who the visitor is, such as `Email` and `Name`"),
    Payload: orNothing(anyObject(), "Anything else"),
    CountryCode: orNothing(name(""), "The country that it was made from"),
    City: orNothing(name(""), "The city that it was made from"),
    EventTime: orNothing(t.String(), "When it happened, ISO 8601 with up to seven decimals; now when left out"),
  },
  { $id: "TrackEvent", additionalProperties: true, invalidMessage: "Invalid track event" },
);
export type TrackEvent = Static<typeof TrackEvent>;

/** The body of Track. Its names may be in any case, so it is checked where they are known. */
export const TrackBody = t.Record(t.String(), t.Unknown(), {
  openapi: TrackEvent,
  invalidMessage: "Must be a track event",
});

export const TrackBulkBody = t.Array(t.Unknown(), {
  maxItems: MAX_BULK_EVENTS,
  openapi: t.Array(TrackEvent, { maxItems: MAX_BULK_EVENTS }),
});

const text = () => t.Union([t.String(), t.Null()]);

/** A track event as it is answered. */
export const TrackedEvent = t.Object(
  {
    TrackId: t.String({ description: "The event's id" }),
    DeviceId: text(),
    EventType: t.String(),
    Value: text(),
    Scope: text(),
    PageUri: text(),
    PageTitle: text(),
    RemoteAddress: text(),
    SessionId: text(),
    User: t.Union([anyObject(), t.Null()]),
    Payload: t.Union([anyObject(), t.Null()]),
    CountryCode: text(),
    City: text(),
    EventTime: t.String({ description: "UTC, always with seven decimals" }),
  },
  { $id: "TrackedEvent" },
);

export const TrackBulkResult = t.Object(
  { items: t.Array(TrackedEvent), count: t.Integer() },
  { $id: "TrackBulkResult", description: "The events in the order in which they were sent" },
);

export const TrackEventPath = t.Object({
  scope: t.String({ description: "The event's `Scope`" }),
  id: t.String({ description: "The event's `TrackId`" }),
});

const trackId = () => t.String({ description: "The event's id" });

export const DeletedTrackEvent = t.Object(
  {
    TrackId: trackId(),
    Scope: t.String(),
    DeletedAt: t.String({ description: "ISO 8601, UTC", format: "date-time" }),
    PurgeAt: t.String({ description: "From then on it is removed for good", format: "date-time" }),
  },
  { $id: "DeletedTrackEvent" },
);

export const RestoredTrackEvent = t.Object({ TrackId: trackId(), Scope: t.String() }, { $id: "RestoredTrackEvent" });

/** In any case and without the `$`, too: they are read where that is known. */
export const ListTrackEventsQuery = t.Object(
  {
    $filter: t.Optional(t.Unknown({ description: "An OData expression", openapi: t.String() })),
    $orderby: t.Optional(
      t.Unknown({ description: "Expressions with `asc` or `desc`; newest first when left out", openapi: t.String() }),
    ),
    $select: t.Optional(t.Unknown({ description: "Names of fields; all when left out", openapi: t.String() })),
    $skip: t.Optional(t.Unknown({ description: "How many to skip", openapi: t.Integer({ minimum: 0, default: 0 }) })),
    $top: t.Optional(
      t.Unknown({
        description: "How many to answer",
        openapi: t.Integer({ minimum: 0, maximum: 10_000, default: 100 }),
      }),
    ),
    $count: t.Optional(t.Unknown({ description: "`false` leaves `total` out", openapi: t.Boolean({ default: true }) })),
    includeTest: t.Optional(
      t.Unknown({ description: "`true` shows test events, too", openapi: t.Boolean({ default: false }) }),
    ),
  },
  { additionalProperties: true },
);

export const TrackEventList = t.Object(
  {
    items: t.Array(TrackedEvent),
    total: t.Union([t.Integer({ description: "How many the filter lets through" }), t.Null()]),
    count: t.Integer({ description: "How many are in `items`" }),
  },
  { $id: "TrackEventList" },
);

export const PreviewRequest = t.Object(
  {
    Query: t.String({ description: "A query in the Kusto Query Language, of the table `Events`" }),
    Scope: orNothing(t.String(), "Whose events it is about; `default` when left out"),
  },
  { $id: "PreviewRequest", additionalProperties: true },
);
export type PreviewRequest = Static<typeof PreviewRequest>;

/** Its names may be in any case, too. */
export const PreviewBody = t.Record(t.String(), t.Unknown(), {
  openapi: PreviewRequest,
  invalidMessage: "Must be a query",
});

export const PreviewResult = t.Object(
  {
    items: t.Array(t.Record(t.String(), t.Unknown()), { description: "Events, or whatever rows the query makes" }),
    count: t.Integer({ description: "How many are in `items`, at most 1,000" }),
  },
  { $id: "PreviewResult" },
);

import { t } from "elysia";
import { AUDIT_ACTIONS } from "../../../domain/audit.ts";
import { AT_ONCE, DELETION_STATES, MAX_REASON_LENGTH } from "../../../domain/deletion.ts";
import { ListEventsQuery, nullableString } from "./schemas.ts";

/** The wire format of deletions: our extension of "Event Collection API Guide". */
export const Time = (description: string) => t.String({ format: "date-time", description });
const nullableTime = (description: string) => t.Union([Time(description), t.Null()]);

const Flag = (description: string) =>
  t.Optional(t.Union([t.Literal("true"), t.Literal("false")], { default: "false", description }));

const DryRun = Flag("Only counts");

const Reason = t.String({
  maxLength: MAX_REASON_LENGTH,
  description: "Why, for the record; it is kept for a year, so better without names of people",
  invalidMessage: `Must be a text of at most ${MAX_REASON_LENGTH} characters`,
});

const { trackingCode, eventType, from, to, sessionId, visitorId, eventName, url, path, bots, includeTest } =
  ListEventsQuery.properties;

export const EventId = t.Object({ id: t.String({ description: "The event's id" }) });

export const DeleteEventQuery = t.Object(
  { reason: t.Optional(Reason), dryRun: Flag("Only tells whether it could be deleted") },
  { additionalProperties: true },
);

export const DeleteEventsQuery = t.Object(
  {
    trackingCode,
    eventType,
    from,
    to,
    sessionId,
    visitorId,
    eventName,
    url,
    path,
    bots,
    includeTest,
    all: Flag("Everything that the list shows without a filter"),
    reason: t.Optional(Reason),
    dryRun: DryRun,
  },
  { additionalProperties: true },
);
export type DeleteEventsQuery = typeof DeleteEventsQuery.static;

export const DeleteEventIds = t.Object(
  {
    trackingCode,
    ids: t.Array(t.String({ maxLength: 20 }), {
      minItems: 1,
      maxItems: AT_ONCE,
      description: "1 to 1,000 ids of events",
    }),
    reason: t.Optional(t.Union([Reason, t.Null()])),
    dryRun: t.Optional(t.Union([t.Boolean({ default: false, description: "Only counts" }), t.Null()])),
  },
  { $id: "DeleteEventIds", additionalProperties: true },
);

export const DeletedEvent = t.Object(
  {
    id: t.String(),
    deletedAt: nullableTime("Null after a dry run"),
    purgeAt: Time("Until then it can be restored"),
    deletionId: nullableString,
    dryRun: t.Optional(t.Literal(true)),
  },
  { $id: "DeletedEvent" },
);

export const DeletedEvents = t.Object(
  {
    deleted: t.Integer({ description: "How many; after a dry run, how many it would be" }),
    purgeAt: nullableTime("Until then they can be restored; null where there was nothing to delete"),
    deletionId: nullableString,
    dryRun: t.Optional(t.Literal(true)),
    missing: t.Optional(t.Array(t.String(), { description: "Of a list of ids: those of which there is no event" })),
  },
  { $id: "DeletedEvents" },
);

export const Deletion = t.Object(
  {
    id: t.String(),
    websiteId: t.String(),
    status: t.Union(DELETION_STATES.map((state) => t.Literal(state))),
    kind: t.String({ description: "What it is of: event, events, filter, visitor, retention, site" }),
    filter: t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
      description: "As it was sent; null for ids, and once the events, or the visitor that it names, are gone for good",
    }),
    reason: nullableString,
    by: t.String({ description: "Id of the API key; `environment`, `command` or `server` where it was none" }),
    createdAt: Time("When it was accepted: from then on nobody can read its events"),
    purgeAt: Time("From then on its events are removed for good"),
    endedAt: nullableTime("When it was restored or purged"),
    events: t.Integer({ description: "How many events it has deleted in all" }),
    restored: t.Integer({ description: "How many of them are back" }),
    purged: t.Integer({ description: "How many of them are gone for good" }),
    progress: t.Union([t.Object({ done: t.Integer(), total: t.Integer() }), t.Null()], {
      description: "While it is carried out, how many events of how many that has been done for",
    }),
  },
  { $id: "Deletion" },
);

export const AcceptedDeletion = t.Composite([Deletion, t.Omit(DeletedEvents, ["missing"])], {
  $id: "AcceptedDeletion",
});

export const Limit = t.Optional(
  t.String({
    pattern: "^0*[1-9]\\d{0,14}$",
    description: "How many at most; above 1,000 is taken as 1,000",
    invalidMessage: "Must be a whole number of at least 1",
    openapi: { type: "integer", minimum: 1, default: 100 },
  }),
);
export const Cursor = t.Optional(
  t.String({ maxLength: 100, description: "`pagination.nextCursor` of the page before" }),
);
export const Pagination = t.Object({ limit: t.Integer(), nextCursor: nullableString });

export const ListDeletionsQuery = t.Object(
  { trackingCode: t.Optional(t.String({ description: "Only those of this website" })), limit: Limit, cursor: Cursor },
  { additionalProperties: true },
);

export const DeletionList = t.Object({ deletions: t.Array(Deletion), pagination: Pagination }, { $id: "DeletionList" });

export const DeletionId = t.Object({ id: t.String({ description: "The deletion's id" }) });

export const VisitorId = t.Object({ visitorId: t.String({ description: "The visitor, as its events name it" }) });

export const VisitorQuery = t.Object({ trackingCode }, { additionalProperties: true });

export const EraseVisitorQuery = t.Object(
  { trackingCode, reason: t.Optional(Reason), dryRun: DryRun },
  { additionalProperties: true },
);

export const ListAuditQuery = t.Object(
  {
    action: t.Optional(
      t.Union(
        AUDIT_ACTIONS.map((action) => t.Literal(action)),
        { description: "Only entries of this kind" },
      ),
    ),
    by: t.Optional(t.String({ maxLength: 100, description: "Only what this key did" })),
    trackingCode: t.Optional(t.String({ description: "Only what concerns this website" })),
    from: t.Optional(t.String({ description: "Not before this time (inclusive): ISO 8601, or ms since 1970" })),
    to: t.Optional(t.String({ description: "Not after this time (inclusive); a date means its whole day" })),
    limit: Limit,
    cursor: Cursor,
  },
  { additionalProperties: true },
);
export type ListAuditQuery = typeof ListAuditQuery.static;

export const AuditList = t.Object(
  {
    entries: t.Array(
      t.Object({
        id: t.String(),
        at: Time("When it was done"),
        action: t.String(),
        by: t.String({ description: "Id of the API key; `environment`, `command` or `server` where it was none" }),
        websiteId: nullableString,
        deletionId: nullableString,
        keyId: nullableString,
        events: t.Union([t.Integer(), t.Null()]),
      }),
    ),
    pagination: Pagination,
  },
  { $id: "AuditList" },
);

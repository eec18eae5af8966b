import { t } from "elysia";
import { REJECTION_REASONS } from "../../../domain/rejection.ts";
import { Cursor, Limit, Pagination, Time } from "./deletion-schemas.ts";
import { nullableString } from "./schemas.ts";

/** The wire format of rejected events: our extension of "Event Collection API Guide". */
const Reason = t.Union(
  REJECTION_REASONS.map((reason) => t.Literal(reason)),
  { description: "Why it was not taken" },
);

export const ListRejectionsQuery = t.Object(
  {
    trackingCode: t.Optional(t.String({ description: "Only those of this website" })),
    reason: t.Optional(Reason),
    limit: Limit,
    cursor: Cursor,
  },
  { additionalProperties: true },
);

export const RejectionList = t.Object(
  {
    rejections: t.Array(
      t.Object({
        id: t.String(),
        at: Time("When it was refused"),
        websiteId: t.Union([t.String(), t.Null()], { description: "Null where it names no website that there is" }),
        dialect: t.String({
          description: "The API that it came by: collection, affiliate, site-events, profile-store",
        }),
        reason: Reason,
        message: t.String({ description: "What its sender was told" }),
        fieldErrors: t.Union([t.Record(t.String(), t.Array(t.String())), t.Null()], {
          description: "What was wrong with which field",
        }),
        event: nullableString,
        truncated: t.Boolean({ description: "Whether `event` was longer" }),
      }),
    ),
    pagination: Pagination,
  },
  { $id: "RejectionList" },
);

import { Elysia } from "elysia";
import { REJECTIONS_KEPT_DAYS, type Rejection, type RejectionStore } from "../../../domain/rejection.ts";
import { websiteIdOf } from "../../../domain/site.ts";
import { type Clock, MS_PER_DAY } from "../../../lib/clock.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import { requireKey } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import type { FindReadableSite } from "./find-site.ts";
import { decodeIdPage } from "./id-page.ts";
import { ListRejectionsQuery, RejectionList } from "./rejection-schemas.ts";
import { ErrorBody } from "./schemas.ts";

/** `GET /api/v1/rejections`: events that were not taken, by any API, newest first. */
export function listRejectionsRoute(deps: {
  guard: Guard;
  clock: Clock;
  findReadableSite: FindReadableSite;
  rejections: RejectionStore;
}) {
  const { guard, clock, findReadableSite, rejections } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/rejections",
    async ({ query, caller }) => {
      const key = requireKey(caller);
      const site = query.trackingCode ? await findReadableSite(caller, query.trackingCode) : null;
      const { wanted, cut } = decodeIdPage(query);
      const found = await rejections.list({
        siteIds: site ? [site.id] : key.admin ? null : key.siteIds,
        since: clock.now() - REJECTIONS_KEPT_DAYS * MS_PER_DAY,
        ...(query.reason === undefined ? {} : { reason: query.reason }),
        ...wanted,
      });
      const { page, pagination } = cut(found);
      return { rejections: page.map(encodeRejection), pagination };
    },
    {
      access: "GET /api/v1/rejections",
      query: ListRejectionsQuery,
      detail: {
        operationId: "listRejections",
        summary: "List events that were not taken",
        description:
          "Newest first: the last 1,000 of each website, for a week, by whichever API they came. Of an event only such values are shown as are not personal. Those that name no website are listed for keys for all websites. What a limit refused is not there: it was told to come again.",
        responses: responses({
          200: { description: "A page of events that were not taken", schema: RejectionList },
          400: { description: "A parameter is wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
        }),
      },
    },
  );
}

function encodeRejection({ id, at, siteId, dialect, reason, message, fields, event, isTruncated }: Rejection) {
  return {
    id: id.toString(36),
    at: isoTime(at),
    websiteId: siteId === null ? null : websiteIdOf({ id: siteId }),
    dialect,
    reason,
    message,
    fieldErrors: fields === null ? null : (JSON.parse(fields) as Record<string, readonly string[]>),
    event,
    truncated: isTruncated,
  };
}

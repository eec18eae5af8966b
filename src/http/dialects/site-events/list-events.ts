import { Elysia } from "elysia";
import type { SiteEventPosition, SiteEventReader } from "../../../domain/site-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import { timeOfId } from "../../../lib/ids.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeCursor } from "./cursor.ts";
import { decodeRange } from "./decode.ts";
import { encodePage } from "./encode.ts";
import { ErrorBody } from "./errors.ts";
import type { FindReadableSite } from "./find-site.ts";
import { EventList, ListEventsQuery, SitePath } from "./schemas.ts";

const DEFAULT_LIMIT = 100;

/** `GET /api/v1/sites/:siteId/events`: bots, referrals and conversions of a site, page by page. */
export function listEventsRoute(deps: {
  guard: Guard;
  clock: Clock;
  findReadableSite: FindReadableSite;
  siteEvents: SiteEventReader;
}) {
  const { guard, clock, findReadableSite, siteEvents } = deps;

  /** A cursor without a time: the event's own, else the time at which an event with that id was stored. */
  async function positionOf(siteId: number, cursor: string): Promise<SiteEventPosition> {
    const { id, occurredAt } = decodeCursor(cursor);
    return { id, occurredAt: occurredAt ?? (await siteEvents.findTime(siteId, id)) ?? timeOfId(id) };
  }

  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/sites/:siteId/events",
    async ({ params, query, caller }) => {
      const site = await findReadableSite(caller, params.siteId);
      const { from, to } = decodeRange(query, clock.now());
      const page = await siteEvents.listSiteEvents({
        siteId: site.id,
        from,
        to,
        limit: Number(query.limit ?? DEFAULT_LIMIT),
        includeTest: query.includeTest === "true",
        ...(query.type === undefined ? {} : { kind: query.type }),
        ...(query.cursor === undefined ? {} : { at: await positionOf(site.id, query.cursor) }),
      });
      return encodePage(page);
    },
    {
      access: "GET /api/v1/sites/:siteId/events",
      params: SitePath,
      query: ListEventsQuery,
      detail: {
        operationId: "listSiteEvents",
        summary: "List bot visits, AI referrals and conversions",
        description:
          "Newest first. A walk by cursor gives every event that was there before its first page, and stays, exactly once.",
        responses: responses({
          200: { description: "A page of events", schema: EventList },
          400: { description: "A parameter is wrong, or the path has no site", schema: ErrorBody },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          403: { description: "There is no such site, or not for this key", schema: ErrorBody },
          503: { description: "The read took too long; narrow it", schema: ErrorBody },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import type { SiteEventReader } from "../../../domain/site-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeRange } from "./decode.ts";
import { encodeStats } from "./encode.ts";
import { ErrorBody } from "./errors.ts";
import type { FindReadableSite } from "./find-site.ts";
import { SitePath, Stats, StatsQuery } from "./schemas.ts";

/** `GET /api/v1/sites/:siteId/stats`: how many bots, referrals and conversions, and of which. */
export function getStatsRoute(deps: {
  guard: Guard;
  clock: Clock;
  findReadableSite: FindReadableSite;
  siteEvents: SiteEventReader;
}) {
  const { guard, clock, findReadableSite, siteEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/sites/:siteId/stats",
    async ({ params, query, caller }) => {
      const site = await findReadableSite(caller, params.siteId);
      const range = decodeRange(query, clock.now());
      const { from, to } = range;
      const includeTest = query.includeTest === "true";
      return encodeStats(await siteEvents.summarize({ siteId: site.id, from, to, includeTest }), range);
    },
    {
      access: "GET /api/v1/sites/:siteId/stats",
      params: SitePath,
      query: StatsQuery,
      detail: {
        operationId: "getSiteStats",
        summary: "Count bot visits, AI referrals and conversions",
        description: "Exact. Breakdowns begin with the largest number and have at most 1,000 rows.",
        responses: responses({
          200: { description: "Totals and breakdowns", schema: Stats },
          400: { description: "A parameter is wrong, or the path has no site", schema: ErrorBody },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          403: { description: "There is no such site, or not for this key", schema: ErrorBody },
          503: { description: "The read took too long; narrow it", schema: ErrorBody },
        }),
      },
    },
  );
}

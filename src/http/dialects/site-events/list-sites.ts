import { Elysia } from "elysia";
import { coversSite } from "../../../domain/api-key.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { SiteEventReader } from "../../../domain/site-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeSite } from "./encode.ts";
import { ErrorBody } from "./errors.ts";
import { SiteList } from "./schemas.ts";

/** `GET /api/v1/sites`: the sites that the key is for. */
export function listSitesRoute(deps: { guard: Guard; clock: Clock; sites: SiteStore; siteEvents: SiteEventReader }) {
  const { guard, clock, sites, siteEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/sites",
    async ({ caller: { key } }) => {
      const visible = (await sites.listSites()).filter((site) => key !== null && coversSite(key, site.id));
      const counts = await siteEvents.countSiteEvents(
        visible.map(({ id }) => id),
        monthOf(clock.now()),
      );
      return { sites: visible.map((site) => encodeSite(site, counts.get(site.id) ?? 0)) };
    },
    {
      access: "GET /api/v1/sites",
      detail: {
        operationId: "listSites",
        summary: "List sites",
        responses: responses({
          200: { description: "The sites that the key is for", schema: SiteList },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          403: { description: "The key lacks `events:read`", schema: ErrorBody },
        }),
      },
    },
  );
}

/** The calendar month of a time, UTC, in ms. */
function monthOf(nowMs: number): { from: number; to: number } {
  const now = new Date(nowMs);
  const first = (months: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1);
  return { from: first(0), to: first(1) - 1 };
}

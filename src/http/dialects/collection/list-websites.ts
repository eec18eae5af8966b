import { Elysia } from "elysia";
import { coversSite } from "../../../domain/api-key.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { Clock } from "../../../lib/clock.ts";
import { requireKey } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeDeletedWebsite, encodeWebsite } from "./encode-website.ts";
import { ErrorBody } from "./schemas.ts";
import { ListWebsitesQuery, WebsiteList } from "./website-schemas.ts";

/** `GET /api/v1/websites`: the websites that the key is for. */
export function listWebsitesRoute(deps: { guard: Guard; sites: SiteStore; clock: Clock }) {
  const { guard, sites, clock } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/websites",
    async ({ query, caller }) => {
      const key = requireKey(caller);
      const websites =
        query.deleted === "true"
          ? (await sites.listDeletedSites(clock.now()))
              .filter(({ id }) => coversSite(key, id))
              .map(encodeDeletedWebsite)
          : (await sites.listSites()).filter(({ id }) => coversSite(key, id)).map(encodeWebsite);
      return { websites, total: websites.length };
    },
    {
      access: "GET /api/v1/websites",
      query: ListWebsitesQuery,
      detail: {
        operationId: "listWebsites",
        summary: "List websites",
        responses: responses({
          200: { description: "The websites that the key is for", schema: WebsiteList },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          403: { description: "The key lacks `events:read`", schema: ErrorBody },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import { coversSite } from "../../../domain/api-key.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeWebsite } from "./encode.ts";
import { ErrorBody, WebsiteList } from "./schemas.ts";

/** `GET /api/v1/websites`: the websites that the key is for. */
export function listWebsitesRoute(deps: { guard: Guard; sites: SiteStore }) {
  const { guard, sites } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/websites",
    async ({ caller: { key } }) => {
      const all = await sites.listSites();
      const websites = all.filter((site) => key !== null && coversSite(key, site.id)).map(encodeWebsite);
      return { websites, total: websites.length };
    },
    {
      access: "GET /api/v1/websites",
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

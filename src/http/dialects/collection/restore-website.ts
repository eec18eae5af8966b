import { Elysia } from "elysia";
import type { RestoreSite } from "../../../domain/restore-site.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { nameOf } from "./deletion-request.ts";
import { encodeWebsite } from "./encode-website.ts";
import type { FindWebsite } from "./find-website.ts";
import { ErrorBody } from "./schemas.ts";
import { Website, WebsitePath } from "./website-schemas.ts";

/** `POST /api/v1/websites/:id/restore`: undoes a deletion before its purge. */
export function restoreWebsiteRoute(deps: { guard: Guard; findWebsite: FindWebsite; restoreSite: RestoreSite }) {
  const { guard, findWebsite, restoreSite } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/websites/:id/restore",
    async ({ params, caller }) => {
      const site = await findWebsite.deleted(caller, params.id);
      return encodeWebsite(await restoreSite(site, nameOf(caller)));
    },
    {
      access: "POST /api/v1/websites/:id/restore",
      params: WebsitePath,
      detail: {
        operationId: "restoreWebsite",
        summary: "Restore a deleted website",
        description: "With all of its events, codes and settings, as if it had never been deleted.",
        responses: responses({
          200: { description: "The website", schema: Website },
          404: { description: "No such website is deleted, or its purge has begun", schema: ErrorBody },
          409: { description: "Another website has its domain or scope by now", schema: ErrorBody },
        }),
      },
    },
  );
}

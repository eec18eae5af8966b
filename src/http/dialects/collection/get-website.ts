import { Elysia } from "elysia";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeWebsite } from "./encode-website.ts";
import type { FindWebsite } from "./find-website.ts";
import { ErrorBody } from "./schemas.ts";
import { Website, WebsitePath } from "./website-schemas.ts";

/** `GET /api/v1/websites/:id`: a website with its settings. */
export function getWebsiteRoute(deps: { guard: Guard; findWebsite: FindWebsite }) {
  const { guard, findWebsite } = deps;
  return new Elysia({ normalize: false })
    .use(guard)
    .get(
      "/api/v1/websites/:id",
      async ({ params, caller }) => encodeWebsite(await findWebsite.live(caller, params.id)),
      {
        access: "GET /api/v1/websites/:id",
        params: WebsitePath,
        detail: {
          operationId: "getWebsite",
          summary: "Get a website",
          responses: responses({
            200: { description: "The website", schema: Website },
            404: { description: "There is no such website, or not for this key", schema: ErrorBody },
          }),
        },
      },
    );
}

import { Elysia } from "elysia";
import type { UpdateSite } from "../../../domain/update-site.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { MAX_SETTINGS_BYTES } from "./create-website.ts";
import { encodeWebsite } from "./encode-website.ts";
import type { FindWebsite } from "./find-website.ts";
import { ErrorBody } from "./schemas.ts";
import { UpdateWebsite, Website, WebsitePath } from "./website-schemas.ts";

/** `PATCH /api/v1/websites/:id`: changes what is said of a website. */
export function updateWebsiteRoute(deps: { guard: Guard; findWebsite: FindWebsite; updateSite: UpdateSite }) {
  const { guard, findWebsite, updateSite } = deps;
  return new Elysia({ normalize: false }).use(guard).patch(
    "/api/v1/websites/:id",
    async ({ params, body, caller }) => {
      const { name, domain, description, scope, ...settings } = body;
      const site = await findWebsite.live(caller, params.id);
      const changed = await updateSite(site, {
        ...(name === undefined ? {} : { name }),
        ...(domain === undefined ? {} : { domain }),
        ...(description === undefined ? {} : { description }),
        ...(scope === undefined ? {} : { scope }),
        settings,
      });
      return encodeWebsite(changed);
    },
    {
      access: "PATCH /api/v1/websites/:id",
      parse: readText(MAX_SETTINGS_BYTES),
      params: WebsitePath,
      body: UpdateWebsite,
      detail: {
        operationId: "updateWebsite",
        summary: "Change a website",
        description: "What is left out stays as it is; null puts a setting back to what it is when nothing is said.",
        responses: responses({
          200: { description: "The website as it is now", schema: Website },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          404: { description: "There is no such website, or not for this key", schema: ErrorBody },
          409: { description: "Another website has the domain or the scope", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
        }),
      },
    },
  );
}

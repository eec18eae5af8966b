import { Elysia } from "elysia";
import type { DeleteSite } from "../../../domain/delete-site.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { nameOf } from "./deletion-request.ts";
import { encodeWebsiteDeletion } from "./encode-website.ts";
import type { FindWebsite } from "./find-website.ts";
import { ErrorBody } from "./schemas.ts";
import { WebsiteDeletion, WebsitePath } from "./website-schemas.ts";

/** `DELETE /api/v1/websites/:id`: stage one; the website and its events are gone for everybody, and can be restored. */
export function deleteWebsiteRoute(deps: { guard: Guard; findWebsite: FindWebsite; deleteSite: DeleteSite }) {
  const { guard, findWebsite, deleteSite } = deps;
  return new Elysia({ normalize: false }).use(guard).delete(
    "/api/v1/websites/:id",
    async ({ params, caller }) => {
      const site = await findWebsite.live(caller, params.id);
      return encodeWebsiteDeletion(site, await deleteSite(site, nameOf(caller)));
    },
    {
      access: "DELETE /api/v1/websites/:id",
      params: WebsitePath,
      detail: {
        operationId: "deleteWebsite",
        summary: "Delete a website",
        description:
          "It disappears at once with all of its events and codes. Until `purgeAt` it can be restored; then its events are removed for good.",
        responses: responses({
          200: { description: "It is deleted", schema: WebsiteDeletion },
          404: { description: "There is no such website, or not for this key", schema: ErrorBody },
          409: { description: "It is the website with the scope `default`, which always exists", schema: ErrorBody },
        }),
      },
    },
  );
}

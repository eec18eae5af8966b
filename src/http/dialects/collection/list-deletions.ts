import { Elysia } from "elysia";
import type { DeletionStore } from "../../../domain/deletion-ports.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { DeletionList, ListDeletionsQuery } from "./deletion-schemas.ts";
import { encodeDeletion } from "./encode-deletion.ts";
import type { FindReadableSite } from "./find-site.ts";
import { decodeIdPage } from "./id-page.ts";
import { ErrorBody } from "./schemas.ts";

/** `GET /api/v1/deletions`: deletions of the websites that the key is for, newest first. */
export function listDeletionsRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  deletions: DeletionStore;
}) {
  const { guard, findReadableSite, deletions } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/deletions",
    async ({ query, caller }) => {
      const site = query.trackingCode ? await findReadableSite(caller, query.trackingCode) : null;
      const own = caller.key?.admin ? null : (caller.key?.siteIds ?? null);
      const { wanted, cut } = decodeIdPage(query);
      const { page, pagination } = cut(await deletions.list({ siteIds: site ? [site.id] : own, ...wanted }));
      return { deletions: page.map(encodeDeletion), pagination };
    },
    {
      access: "GET /api/v1/deletions",
      query: ListDeletionsQuery,
      detail: {
        operationId: "listDeletions",
        summary: "List deletions",
        description: "Newest first. A deletion is on record until a year after it was restored or purged.",
        responses: responses({
          200: { description: "A page of deletions", schema: DeletionList },
          400: { description: "A parameter is wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import { isUnderWay } from "../../../domain/deletion.ts";
import { deletionNotFound, type RestoreDeletion } from "../../../domain/restore-deletion.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { isCovered, nameOf } from "./deletion-request.ts";
import { Deletion, DeletionId } from "./deletion-schemas.ts";
import { decodeDeletionId, encodeDeletion } from "./encode-deletion.ts";
import { ErrorBody } from "./schemas.ts";

/** `POST /api/v1/deletions/:id/restore`: brings all events of a deletion back. */
export function restoreDeletionRoute(deps: { guard: Guard; restoreDeletion: RestoreDeletion }) {
  const { guard, restoreDeletion } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/deletions/:id/restore",
    async ({ params, caller, status }) => {
      const id = decodeDeletionId(params.id);
      if (id === null) throw deletionNotFound();
      const isOwn = async (siteId: number) => isCovered(caller, siteId);
      const deletion = await restoreDeletion({ id, isOwn, by: nameOf(caller) });
      return status(isUnderWay(deletion) ? 202 : 200, encodeDeletion(deletion));
    },
    {
      access: "POST /api/v1/deletions/:id/restore",
      params: DeletionId,
      detail: {
        operationId: "restoreDeletion",
        summary: "Restore all events of a deletion",
        description: "Until its purge, also while it is still being carried out.",
        responses: responses({
          200: { description: "Its events can be read again", schema: Deletion },
          202: { description: "More than 10,000: they come back one after the other", schema: Deletion },
          404: { description: "There is no such deletion, or not for this key", schema: ErrorBody },
          409: { description: "It was restored before, or is too late: its purge has begun", schema: ErrorBody },
          503: {
            description: "Another large deletion is being carried out; retry after `Retry-After`",
            schema: ErrorBody,
          },
        }),
      },
    },
  );
}

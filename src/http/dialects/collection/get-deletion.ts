import { Elysia } from "elysia";
import type { DeletionStore } from "../../../domain/deletion-ports.ts";
import { deletionNotFound } from "../../../domain/restore-deletion.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { isCovered } from "./deletion-request.ts";
import { Deletion, DeletionId } from "./deletion-schemas.ts";
import { decodeDeletionId, encodeDeletion } from "./encode-deletion.ts";
import { ErrorBody } from "./schemas.ts";

/** `GET /api/v1/deletions/:id`: a deletion, and how far it has been carried out. */
export function getDeletionRoute(deps: { guard: Guard; deletions: DeletionStore }) {
  const { guard, deletions } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/deletions/:id",
    async ({ params, caller }) => {
      const id = decodeDeletionId(params.id);
      const deletion = id === null ? null : await deletions.find(id);
      if (!deletion || !isCovered(caller, deletion.siteId)) throw deletionNotFound();
      return encodeDeletion(deletion);
    },
    {
      access: "GET /api/v1/deletions/:id",
      params: DeletionId,
      detail: {
        operationId: "getDeletion",
        summary: "Watch a deletion",
        responses: responses({
          200: { description: "The deletion", schema: Deletion },
          404: { description: "There is no such deletion, or not for this key", schema: ErrorBody },
        }),
      },
    },
  );
}

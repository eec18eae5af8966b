import { Elysia } from "elysia";
import { type DeleteEvent, eventNotFound } from "../../../domain/delete-event.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { createIsOwn, decodeReason, nameOf } from "./deletion-request.ts";
import { DeletedEvent, DeleteEventQuery, EventId } from "./deletion-schemas.ts";
import { decodeEventId } from "./encode.ts";
import { encodeDeletionId } from "./encode-deletion.ts";
import { ErrorBody } from "./schemas.ts";

/** `DELETE /api/v1/events/:id`: deletes one event; it can be restored until its purge. */
export function deleteEventRoute(deps: { guard: Guard; sites: SiteStore; deleteEvent: DeleteEvent }) {
  const { guard, sites, deleteEvent } = deps;
  const isOwn = createIsOwn(sites);
  return new Elysia({ normalize: false }).use(guard).delete(
    "/api/v1/events/:id",
    async ({ params, query, caller }) => {
      const id = decodeEventId(params.id);
      if (id === null) throw eventNotFound();
      const dryRun = query.dryRun === "true";
      const { deletionId, deletedAt, purgeAt } = await deleteEvent({
        id,
        isOwn: isOwn(caller),
        by: nameOf(caller),
        reason: decodeReason(query.reason),
        dryRun,
      });
      return {
        id: params.id,
        deletedAt: dryRun ? null : isoTime(deletedAt),
        purgeAt: isoTime(purgeAt),
        deletionId: deletionId === null ? null : encodeDeletionId(deletionId),
        ...(dryRun ? { dryRun: true as const } : {}),
      };
    },
    {
      access: "DELETE /api/v1/events/:id",
      params: EventId,
      query: DeleteEventQuery,
      detail: {
        operationId: "deleteEvent",
        summary: "Delete an event",
        description: "From the answer on nobody can read it. It can be restored until `purgeAt`.",
        responses: responses({
          200: { description: "It is deleted", schema: DeletedEvent },
          400: { description: "A parameter is wrong", schema: ErrorBody },
          404: { description: "There is no such event, not for this key, or it is deleted already", schema: ErrorBody },
          429: {
            description: "Too many deleted events wait for their purge; `Retry-After` says when there is room",
            schema: ErrorBody,
          },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import type { DeletedEvents as Deleted, DeleteEvents } from "../../../domain/delete-events.ts";
import { isUnderWay } from "../../../domain/deletion.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { decodeDeletionFilter, decodeReason, nameOf } from "./deletion-request.ts";
import { AcceptedDeletion, DeletedEvents, DeleteEventsQuery } from "./deletion-schemas.ts";
import { encodeDeleted, encodeDeletion, encodeDeletionId } from "./encode-deletion.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody } from "./schemas.ts";

/** `DELETE /api/v1/events`: deletes what the list would show with the same filter. */
export function deleteEventsRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  deleteEvents: DeleteEvents;
}) {
  const { guard, findReadableSite, deleteEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).delete(
    "/api/v1/events",
    async ({ query, caller }) => {
      const { id: siteId } = await findReadableSite(caller, query.trackingCode);
      const dryRun = query.dryRun === "true";
      const deleted = await deleteEvents({
        siteId,
        which: { filter: decodeDeletionFilter(query, siteId) },
        by: nameOf(caller),
        reason: decodeReason(query.reason),
        dryRun,
      });
      return deletedResponse(deleted, dryRun);
    },
    {
      access: "DELETE /api/v1/events",
      query: DeleteEventsQuery,
      detail: {
        operationId: "deleteEvents",
        summary: "Delete a website's events by a filter",
        description:
          "What the list would show with the same filter: at least one, or `all=true`. From the answer on nobody can read them; they can be restored until `purgeAt`. Events that come in later are none of it.",
        responses: responses({
          200: { description: "They are deleted, or counted", schema: DeletedEvents },
          202: {
            description:
              "More than 10,000: nobody can read them any more; the rest of the work can be watched at `Location`",
            schema: AcceptedDeletion,
          },
          400: { description: "A parameter is missing or wrong, or there is no filter", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          413: { description: "More than may ever wait for their purge: narrow it", schema: ErrorBody },
          429: {
            description: "Too many deleted events wait for their purge; `Retry-After` says when there is room",
            schema: ErrorBody,
          },
          503: { description: "Too much is being carried out, or it took too long to count", schema: ErrorBody },
        }),
      },
    },
  );
}

/** 200 when it is done, 202 with the deletion while it is carried out. */
export function deletedResponse(deleted: Deleted, isDryRun: boolean): Response {
  const { deletion } = deleted;
  const body = encodeDeleted(deleted, isDryRun);
  if (!deletion || !isUnderWay(deletion)) return jsonResponse(200, JSON.stringify(body));
  const response = jsonResponse(202, JSON.stringify({ ...encodeDeletion(deletion), ...body }));
  response.headers.set("location", `/api/v1/deletions/${encodeDeletionId(deletion.id)}`);
  return response;
}

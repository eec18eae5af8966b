import { Elysia } from "elysia";
import type { DeleteEvents } from "../../../domain/delete-events.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { MAX_SETTINGS_BYTES } from "./create-website.ts";
import { decodeReason, nameOf } from "./deletion-request.ts";
import { DeletedEvents, DeleteEventIds } from "./deletion-schemas.ts";
import { decodeEventId } from "./encode.ts";
import { encodeDeleted } from "./encode-deletion.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody } from "./schemas.ts";

/** `POST /api/v1/events/delete`: deletes up to 1,000 events by their ids. */
export function deleteEventIdsRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  deleteEvents: DeleteEvents;
}) {
  const { guard, findReadableSite, deleteEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/events/delete",
    async ({ body, caller }) => {
      const { id: siteId } = await findReadableSite(caller, body.trackingCode);
      const ids = [...new Set(body.ids)];
      const known = new Map(ids.map((text) => [decodeEventId(text), text] as const));
      known.delete(null);
      const dryRun = body.dryRun === true;
      const deleted = await deleteEvents({
        siteId,
        which: { ids: [...known.keys()].filter((id) => id !== null) },
        by: nameOf(caller),
        reason: decodeReason(body.reason),
        dryRun,
      });
      const gone = new Set(deleted.missing.map((id) => known.get(id)));
      const missing = ids.filter((text) => gone.has(text) || decodeEventId(text) === null);
      return { ...encodeDeleted(deleted, dryRun), missing };
    },
    {
      access: "POST /api/v1/events/delete",
      parse: readText(MAX_SETTINGS_BYTES),
      body: DeleteEventIds,
      detail: {
        operationId: "deleteEventIds",
        summary: "Delete up to 1,000 events by their ids",
        description: "As one deletion, in one transaction. Ids of which there is no event are listed in `missing`.",
        responses: responses({
          200: { description: "They are deleted, or counted", schema: DeletedEvents },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          413: { description: "The body is too large, or more than may ever wait for their purge", schema: ErrorBody },
          429: {
            description: "Too many deleted events wait for their purge; `Retry-After` says when there is room",
            schema: ErrorBody,
          },
        }),
      },
    },
  );
}

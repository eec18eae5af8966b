import { Elysia } from "elysia";
import { eventNotFound } from "../../../domain/delete-event.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { RestoreEvent } from "../../../domain/restore-event.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { createIsOwn, nameOf } from "./deletion-request.ts";
import { EventId } from "./deletion-schemas.ts";
import { decodeEventId, encodeEvent } from "./encode.ts";
import { ErrorBody, Event } from "./schemas.ts";

/** `POST /api/v1/events/:id/restore`: brings a deleted event back. */
export function restoreEventRoute(deps: { guard: Guard; sites: SiteStore; restoreEvent: RestoreEvent }) {
  const { guard, sites, restoreEvent } = deps;
  const isOwn = createIsOwn(sites);
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/events/:id/restore",
    async ({ params, caller }) => {
      const id = decodeEventId(params.id);
      if (id === null) throw eventNotFound();
      const event = await restoreEvent({ id, isOwn: isOwn(caller), by: nameOf(caller) });
      return jsonResponse(200, encodeEvent(event, event));
    },
    {
      access: "POST /api/v1/events/:id/restore",
      params: EventId,
      detail: {
        operationId: "restoreEvent",
        summary: "Restore a deleted event",
        description: "Until its purge. An event that is not deleted stays as it is.",
        responses: responses({
          200: { description: "The event, which can be read again", schema: Event },
          404: { description: "There is no such event, not for this key, or not any more", schema: ErrorBody },
          503: { description: "A large deletion is being carried out; retry after `Retry-After`", schema: ErrorBody },
        }),
      },
    },
  );
}

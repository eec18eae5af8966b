import { Elysia } from "elysia";
import { type DeleteEvent, eventNotFound } from "../../../domain/delete-event.ts";
import type { EventData, StoredEvent } from "../../../domain/event.ts";
import type { EventReader } from "../../../domain/ports.ts";
import type { Site } from "../../../domain/site.ts";
import { requireKey } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeTrackId } from "./decode.ts";
import { encodeTime } from "./encode.ts";
import { ErrorBody } from "./errors.ts";
import { DeletedTrackEvent, TrackEventPath } from "./schemas.ts";
import type { FindOwnSite } from "./scopes.ts";

/** `DELETE /api/v2.0/TrackEvents/{scope}/{id}`: deletes one event; it can be restored until its purge. */
export function deleteTrackEventRoute(deps: {
  guard: Guard;
  reader: EventReader;
  findOwnSite: FindOwnSite;
  deleteEvent: DeleteEvent;
}) {
  const { guard, reader, findOwnSite, deleteEvent } = deps;
  return new Elysia({ normalize: false }).use(guard).delete(
    "/api/v2.0/TrackEvents/:scope/:id",
    async ({ params, caller }) => {
      const id = decodeTrackId(params.id);
      const event = id === null ? null : await reader.findEvent(id);
      const site = event && (await findOwnSite(caller, event.siteId));
      if (!site || scopeOf(event, site) !== params.scope) throw eventNotFound();
      const { deletedAt, purgeAt } = await deleteEvent({
        id: event.id,
        isOwn: async (siteId) => siteId === site.id,
        by: requireKey(caller).id,
      });
      return {
        TrackId: params.id,
        Scope: params.scope,
        DeletedAt: encodeTime(deletedAt, 0),
        PurgeAt: encodeTime(purgeAt, 0),
      };
    },
    {
      access: "DELETE /api/v2.0/TrackEvents/:scope/:id",
      params: TrackEventPath,
      detail: {
        operationId: "deleteTrackEvent",
        summary: "Delete a track event",
        description: "From the answer on nobody can read it. It can be restored until `PurgeAt`.",
        responses: responses({
          200: { description: "It is deleted", schema: DeletedTrackEvent },
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

/** The scope that an event shows: its own where no site had it, else that of its site. */
function scopeOf({ data }: StoredEvent, { scope }: Site): string {
  const own = data === null ? undefined : (JSON.parse(data) as EventData).scope;
  return own ?? scope;
}

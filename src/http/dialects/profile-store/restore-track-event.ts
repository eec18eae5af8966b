import { Elysia } from "elysia";
import { eventNotFound } from "../../../domain/delete-event.ts";
import type { RestoreEvent } from "../../../domain/restore-event.ts";
import { type Caller, requireKey } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeTrackId } from "./decode.ts";
import { ErrorBody } from "./errors.ts";
import { RestoredTrackEvent, TrackEventPath } from "./schemas.ts";
import { DEFAULT_SCOPE, type FindOwnSite } from "./scopes.ts";

/** `POST /api/v2.0/TrackEvents/{scope}/{id}/restore`: undoes a deletion before its purge. */
export function restoreTrackEventRoute(deps: { guard: Guard; findOwnSite: FindOwnSite; restoreEvent: RestoreEvent }) {
  const { guard, findOwnSite, restoreEvent } = deps;

  /** What a deleted event's own scope is cannot be read any more; those that no site has are under `default`. */
  const isOwn = (caller: Caller, scope: string) => async (siteId: number) => {
    const site = await findOwnSite(caller, siteId);
    return site !== null && (site.scope === scope || site.scope === DEFAULT_SCOPE);
  };

  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v2.0/TrackEvents/:scope/:id/restore",
    async ({ params, caller }) => {
      const id = decodeTrackId(params.id);
      if (id === null) throw eventNotFound();
      await restoreEvent({ id, isOwn: isOwn(caller, params.scope), by: requireKey(caller).id });
      return { TrackId: params.id, Scope: params.scope };
    },
    {
      access: "POST /api/v2.0/TrackEvents/:scope/:id/restore",
      params: TrackEventPath,
      detail: {
        operationId: "restoreTrackEvent",
        summary: "Restore a deleted track event",
        description: "Until its purge. An event that is not deleted stays as it is.",
        responses: responses({
          200: { description: "The event can be read again", schema: RestoredTrackEvent },
          404: { description: "There is no such event, not for this key, or not any more", schema: ErrorBody },
          503: { description: "A large deletion is being carried out; retry after `Retry-After`", schema: ErrorBody },
        }),
      },
    },
  );
}

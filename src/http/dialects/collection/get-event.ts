import { Elysia, t } from "elysia";
import { AppError } from "../../../domain/errors.ts";
import type { EventReader, SiteStore } from "../../../domain/ports.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, keyRequired } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { decodeEventId, encodeEvent } from "./encode.ts";
import { ErrorBody, Event } from "./schemas.ts";

/** `GET /api/v1/events/:id`: one event. */
export function getEventRoute(deps: { guard: Guard; admission: Admission; sites: SiteStore; reader: EventReader }) {
  const { guard, admission, sites, reader } = deps;

  async function findVisible(text: string, caller: Caller) {
    const id = decodeEventId(text);
    const event = id === null ? null : await reader.findEvent(id);
    const site = event && (await sites.findSite({ by: "id", id: event.siteId }));
    return site && admission.admitReader(caller, site) ? event : null;
  }

  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/events/:id",
    async ({ params, caller }) => {
      const event = await findVisible(params.id, caller);
      if (event) return jsonResponse<Event>(200, encodeEvent(event, event));
      // Without a key the answer is the same for every id: it must not tell which exist.
      throw caller.key === null ? keyRequired() : new AppError("not_found", "Event not found");
    },
    {
      access: "GET /api/v1/events/:id",
      params: t.Object({ id: t.String({ description: "The event's id" }) }),
      detail: {
        operationId: "getEvent",
        summary: "Get an event",
        responses: responses({
          200: { description: "The event", schema: Event },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          404: { description: "There is no such event, or not for this key", schema: ErrorBody },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import { type IngestEvents, ingestOne } from "../../../domain/ingest-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { requestFacts } from "../../request-facts.ts";
import { decodeEvent } from "./decode.ts";
import { encodeEvent } from "./encode.ts";
import type { FindWritableSite } from "./find-site.ts";
import { CreateEvent, ErrorBody, Event } from "./schemas.ts";

/** In bytes: 32 KiB of properties, and all other fields at their longest. */
export const MAX_EVENT_BYTES = 128 * 1024;

/** `POST /api/v1/events`: one event, acknowledged once it is on disk. */
export function createEventRoute(deps: {
  guard: Guard;
  admission: Admission;
  clock: Clock;
  findWritableSite: FindWritableSite;
  ingestEvents: IngestEvents;
}) {
  const { guard, admission, clock, findWritableSite, ingestEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/events",
    async ({ body, caller, request }) => {
      const decoded = decodeEvent(body, requestFacts(request, caller, clock));
      const site = await findWritableSite(caller, body.trackingCode);
      admission.admit(caller, site);
      const { event, result } = await ingestOne(ingestEvents, { ...decoded, site });
      const facts = { id: result.id, receivedAt: result.receivedAt, properties: decoded.properties };
      return jsonResponse<Event>(result.outcome === "duplicate" ? 200 : 201, encodeEvent(event, facts));
    },
    {
      access: "POST /api/v1/events",
      parse: readText(MAX_EVENT_BYTES),
      body: CreateEvent,
      detail: {
        operationId: "createEvent",
        summary: "Create an event",
        description: "Answers once the event is on disk. With an `eventId`, a retry is free.",
        responses: responses({
          200: { description: "The event was stored before; nothing has changed", schema: Event },
          201: { description: "The event is stored", schema: Event },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          404: { description: "No website has this tracking code", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
          503: { description: "Too much is waiting; retry after `Retry-After`", schema: ErrorBody },
          507: { description: "The server's disk is nearly full", schema: ErrorBody },
        }),
      },
    },
  );
}

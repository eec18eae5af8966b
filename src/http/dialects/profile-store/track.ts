import { Elysia } from "elysia";
import { type IngestEvents, ingestOne } from "../../../domain/ingest-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { decodeTrack, headerAddress } from "./decode.ts";
import { encodeTracked } from "./encode.ts";
import { ErrorBody } from "./errors.ts";
import { exactText, readExactText } from "./exact-body.ts";
import { placeTrack } from "./place-track.ts";
import { MAX_EVENT_BYTES, TrackBody, TrackedEvent } from "./schemas.ts";
import type { FindWritableScope } from "./scopes.ts";

const PATHS = { "POST /api/v2.0/Track": "trackEvent", "POST /api/v1.0/Track": "trackEventOlder" } as const;

/** `POST /api/v2.0/Track` and its older path: one event, acknowledged once it is on disk. */
export function trackRoute(deps: {
  guard: Guard;
  admission: Admission;
  clock: Clock;
  findWritableScope: FindWritableScope;
  ingestEvents: IngestEvents;
}) {
  const { guard, admission, clock, findWritableScope, ingestEvents } = deps;
  const app = new Elysia({ normalize: false }).use(guard);
  for (const [access, operationId] of Object.entries(PATHS) as [keyof typeof PATHS, string][]) {
    app.post(
      access.slice("POST ".length),
      async ({ body, caller, request }) => {
        const facts = { nowMs: clock.now(), remoteAddress: headerAddress(request) };
        const decoded = decodeTrack(body, exactText(request), facts);
        const place = await findWritableScope(caller, decoded.scope);
        admission.admit(caller, place.site);
        const { event, result } = await ingestOne(ingestEvents, placeTrack(decoded, place));
        return jsonResponse(201, encodeTracked(event, { ...decoded.details, id: result.id, scope: place.scope }));
      },
      {
        access,
        parse: readExactText(MAX_EVENT_BYTES),
        body: TrackBody,
        detail: {
          operationId,
          summary: "Track an event",
          description: "Answers once the event is on disk. Names of fields may be in PascalCase or camelCase.",
          responses: responses({
            201: { description: "The event as it is stored", schema: TrackedEvent },
            400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
            413: { description: "The body is too large", schema: ErrorBody },
            503: { description: "Too much is waiting; retry after `Retry-After`", schema: ErrorBody },
            507: { description: "The server's disk is nearly full", schema: ErrorBody },
          }),
        },
      },
    );
  }
  return app;
}

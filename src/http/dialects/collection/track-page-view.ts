import { Elysia } from "elysia";
import { type IngestEvents, ingestOne } from "../../../domain/ingest-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { requestFacts } from "../../request-facts.ts";
import { MAX_EVENT_BYTES } from "./create-event.ts";
import { decodeTrack } from "./decode.ts";
import type { FindWritableSite } from "./find-site.ts";
import { ErrorBody, TrackPageView } from "./schemas.ts";

/** `POST /api/v1/track`: the original's page-view script, `{code,sid,vid,url,ref?,t?}`. */
export function trackPageViewRoute(deps: {
  guard: Guard;
  admission: Admission;
  clock: Clock;
  findWritableSite: FindWritableSite;
  ingestEvents: IngestEvents;
}) {
  const { guard, admission, clock, findWritableSite, ingestEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/track",
    async ({ body, caller, request }) => {
      const decoded = decodeTrack(body, requestFacts(request, caller, clock));
      const site = await findWritableSite(caller, body.code);
      admission.admit(caller, site);
      await ingestOne(ingestEvents, { ...decoded, site });
      return new Response(null, { status: 204 });
    },
    {
      access: "POST /api/v1/track",
      parse: readText(MAX_EVENT_BYTES),
      body: TrackPageView,
      detail: {
        operationId: "trackPageView",
        summary: "Track a page view",
        description: "The short form that page-view scripts send.",
        responses: responses({
          204: { description: "The page view is stored" },
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

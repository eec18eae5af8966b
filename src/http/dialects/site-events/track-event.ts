import { Elysia } from "elysia";
import { type IngestEvents, ingestOne } from "../../../domain/ingest-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { requestFacts } from "../../request-facts.ts";
import { decodeEvent } from "./decode.ts";
import { ErrorBody } from "./errors.ts";
import type { FindWritableSite } from "./find-site.ts";
import { TrackEvent, Tracked } from "./schemas.ts";

/** In bytes: all fields at their longest, with a long User-Agent. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** `POST /api/t`: a bot's visit, a referral or a conversion, as scripts and workers send it. */
export function trackEventRoute(deps: {
  guard: Guard;
  admission: Admission;
  clock: Clock;
  findWritableSite: FindWritableSite;
  ingestEvents: IngestEvents;
}) {
  const { guard, admission, clock, findWritableSite, ingestEvents } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/t",
    async ({ body, caller, request, status }) => {
      const site = await findWritableSite(caller, body.k);
      const decoded = decodeEvent(body, site, requestFacts(request, caller, clock));
      admission.admit(caller, site);
      const { result } = await ingestOne(ingestEvents, { ...decoded, site });
      return status(result.outcome === "duplicate" ? 200 : 201, { ok: true as const, id: result.id });
    },
    {
      access: "POST /api/t",
      parse: readText(MAX_EVENT_BYTES),
      body: TrackEvent,
      detail: {
        operationId: "trackSiteEvent",
        summary: "Track a bot visit, a referral or a conversion",
        description:
          "Answers once the event is on disk. The site's key is public: who knows it can post, and only post.",
        responses: responses({
          200: { description: "The event was stored before; nothing has changed", schema: Tracked },
          201: { description: "The event is stored", schema: Tracked },
          400: { description: "The body is not JSON, or a field is wrong", schema: ErrorBody },
          403: { description: "No site has this key", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
          503: { description: "Too much is waiting; retry after `Retry-After`", schema: ErrorBody },
          507: { description: "The server's disk is nearly full", schema: ErrorBody },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import { AppError } from "../../../domain/errors.ts";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import { rawItems } from "../../../domain/json-members.ts";
import type { Site } from "../../../domain/site.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { type DecodedTrack, decodeTrack, headerAddress, type TrackFacts } from "./decode.ts";
import { encodeTracked } from "./encode.ts";
import { ErrorBody } from "./errors.ts";
import { exactText, readExactText } from "./exact-body.ts";
import { placeTrack } from "./place-track.ts";
import { MAX_BULK_BYTES, MAX_EVENT_BYTES, TrackBulkBody, TrackBulkResult } from "./schemas.ts";
import type { FindWritableScope, WritableScope } from "./scopes.ts";

const PATHS = { "POST /api/v2.0/TrackBulk": "trackBulk", "POST /api/v1.0/TrackBulk": "trackBulkOlder" } as const;

/** `POST /api/v2.0/TrackBulk` and its older path: up to 100 events, all of them or none. */
export function trackBulkRoute(deps: {
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
        const decoded = decodeAll(body, exactText(request), facts);
        const places = await Promise.all(decoded.map(({ scope }) => findWritableScope(caller, scope)));
        for (const [site, events] of countSites(places)) admission.admit(caller, site, events);
        const placed = decoded.flatMap((track, at) => (places[at] ? [placeTrack(track, places[at])] : []));
        const ingested = placed.length === 0 ? [] : await ingestEvents(placed);
        const items = ingested.map(({ event, result }, at) => {
          const [track, place] = [decoded[at], places[at]];
          if (result.outcome === "rejected" || !track || !place) {
            throw new AppError("internal", "The events could not be stored", { cause: result });
          }
          return encodeTracked(event, { ...track.details, id: result.id, scope: place.scope });
        });
        return jsonResponse(201, `{"items":[${items.join(",")}],"count":${items.length}}`);
      },
      {
        access,
        parse: readExactText(MAX_BULK_BYTES),
        body: TrackBulkBody,
        detail: {
          operationId,
          summary: "Track up to 100 events",
          description: "All events are stored in one transaction, or none is: an error names every wrong one.",
          responses: responses({
            201: { description: "The events as they are stored", schema: TrackBulkResult },
            400: { description: "The body is no list of events, or one of them is wrong", schema: ErrorBody },
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

/** How many events go to each site. */
function countSites(places: readonly WritableScope[]): ReadonlyMap<Site, number> {
  const byId = Map.groupBy(places, ({ site }) => site.id);
  return new Map([...byId.values()].flatMap((own) => (own[0] ? [[own[0].site, own.length]] : [])));
}

/** At most this many wrong fields are named. */
const MAX_ERRORS = 100;

/** @throws `invalid_input` that names every wrong field of every event: `2.DeviceId`. */
function decodeAll(body: readonly unknown[], text: string, facts: TrackFacts): readonly DecodedTrack[] {
  const decoded: DecodedTrack[] = [];
  const errors: (readonly [string, readonly string[]])[] = [];
  let at = 0;
  for (const raw of rawItems(text)) {
    try {
      decoded.push(decodeItem(body[at], raw, facts));
    } catch (error) {
      if (!(error instanceof AppError) || !error.fieldErrors) throw error;
      errors.push(
        ...Object.entries(error.fieldErrors).map(([field, messages]) => [`${at}.${field}`, messages] as const),
      );
    }
    at += 1;
  }
  if (errors.length === 0) return decoded;
  const fieldErrors = Object.fromEntries(errors.slice(0, MAX_ERRORS));
  throw new AppError("invalid_input", "Some events are invalid; none was stored", { fieldErrors });
}

function decodeItem(item: unknown, raw: string, facts: TrackFacts): DecodedTrack {
  if (Buffer.byteLength(raw) > MAX_EVENT_BYTES) {
    throw new AppError("invalid_input", "Invalid track event", {
      fieldErrors: { body: [`Must be at most ${MAX_EVENT_BYTES} bytes as JSON`] },
    });
  }
  return decodeTrack(item, raw, facts);
}

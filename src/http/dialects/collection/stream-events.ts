import { Elysia } from "elysia";
import { AppError } from "../../../domain/errors.ts";
import { parseEventFilter } from "../../../domain/event-filter.ts";
import type { FollowEvents, FollowStep } from "../../../domain/follow-events.ts";
import type { KeyStillMay } from "../../../domain/key-standing.ts";
import { decodeCursor, encodeCursor, type Position } from "../../../domain/page.ts";
import type { EventReader } from "../../../domain/ports.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import type { AnswerAtLength } from "../../long-response.ts";
import { createPlaces } from "../../places.ts";
import { encodeEvent } from "./encode.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody, Event } from "./schemas.ts";
import { StreamEventsQuery } from "./walk-schemas.ts";

const MAX_STREAMS = 64;

/** How long a client waits before it comes back, in ms. */
const RETRY_MS = 2_000;

const BEGINNING: Position = { occurredAt: 0, occurredSub: 0, id: 0 };

/** `GET /api/v1/events/stream`: a site's events as they come in, as server-sent events. */
export function streamEventsRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  reader: EventReader;
  followEvents: FollowEvents;
  keyStillMay: KeyStillMay;
  /** Aborted when the server is about to stop. */
  stopping: AbortSignal;
  answerAtLength: AnswerAtLength;
}) {
  const { guard, findReadableSite, reader, followEvents, keyStillMay, stopping, answerAtLength } = deps;
  const places = createPlaces(MAX_STREAMS, "event streams");
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/events/stream",
    async ({ query, caller, request, server }) => {
      const { key } = caller;
      const site = await findReadableSite(caller, query.trackingCode);
      const filter = parseEventFilter(site.id, query);
      const cursor = request.headers.get("last-event-id") || query.cursor;
      const after = cursor === undefined ? await reader.findLast() : decodeCursor("received", cursor);
      if (stopping.aborted) throw new AppError("overloaded", "The server is stopping", { retryAfter: 5 });
      const place = places.take();
      const leaving = new AbortController();
      const steps = followEvents({
        filter,
        after: after ?? BEGINNING,
        mayGoOn: async () => key !== null && (await keyStillMay(key, "events:read", site)),
        signal: AbortSignal.any([stopping, leaving.signal]),
      });
      return answerAtLength({
        request,
        server,
        headers: HEADERS,
        chunks: encode(after ?? BEGINNING, steps),
        onEnd() {
          place[Symbol.dispose]();
          leaving.abort();
        },
      });
    },
    {
      access: "GET /api/v1/events/stream",
      query: StreamEventsQuery,
      detail: {
        operationId: "streamEvents",
        summary: "Follow a website's events",
        description:
          "Server-sent events: each event as the list shows it, in order of arrival, as soon as it is stored. `Last-Event-ID`, which browsers send by themselves, goes on where a stream ended.",
        responses: responses({
          200: { description: "The `data` of each message", schema: Event, mediaTypes: ["text/event-stream"] },
          400: { description: "A parameter is missing or wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          503: { description: "Too many streams are open; retry after `Retry-After`", schema: ErrorBody },
        }),
      },
    },
  );
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // nginx would hold back what is not yet much.
  "x-accel-buffering": "no",
};

/** A message without data sets the id at which the client comes back, and is not shown to it. */
const moveTo = (position: Position): string => `id: ${encodeCursor("received", position)}\n`;

async function* encode(start: Position, steps: AsyncIterable<FollowStep>): AsyncGenerator<string, void, void> {
  yield `retry: ${RETRY_MS}\n${moveTo(start)}\n`;
  for await (const { events, position } of steps) {
    const messages = events.map((event) => `${moveTo(event)}data: ${encodeEvent(event, event)}\n\n`);
    yield messages.length > 0 ? messages.join("") : `: still here\n${moveTo(position)}\n`;
  }
}

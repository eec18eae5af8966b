import { Elysia } from "elysia";
import type { StoredEvent } from "../../../domain/event.ts";
import { parseEventFilter } from "../../../domain/event-filter.ts";
import type { ExportEvents } from "../../../domain/export-events.ts";
import { EXPORT_ENCODERS, type ExportEncoder, type ExportFormat } from "../../../domain/export-format.ts";
import { websiteIdOf } from "../../../domain/site.ts";
import { acceptedEncoding } from "../../accept-encoding.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { type AnswerAtLength, gzipped } from "../../long-response.ts";
import { createPlaces } from "../../places.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody } from "./schemas.ts";
import { ExportEventsQuery, ExportedEvent } from "./walk-schemas.ts";

/** Exports at the same time: each reads as fast as its client takes it, and all of them beside the lists. */
const MAX_EXPORTS = 8;

const MEDIA_TYPES = {
  jsonl: "application/x-ndjson",
  csv: "text/csv",
} as const satisfies Record<ExportFormat, string>;

/** `GET /api/v1/events/export`: all events of a site that match, in one answer. */
export function exportEventsRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  exportEvents: ExportEvents;
  answerAtLength: AnswerAtLength;
}) {
  const { guard, findReadableSite, exportEvents, answerAtLength } = deps;
  const places = createPlaces(MAX_EXPORTS, "exports");
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/events/export",
    async ({ query, caller, request, server }) => {
      const site = await findReadableSite(caller, query.trackingCode);
      const { format = "jsonl", order = "asc", cursor } = query;
      const filter = parseEventFilter(site.id, query);
      const encoding = acceptedEncoding(request.headers.get("accept-encoding"), ["gzip"]);
      const headers = {
        "content-type": `${MEDIA_TYPES[format]}; charset=utf-8`,
        "content-disposition": `attachment; filename="events-${websiteIdOf(site)}.${format}"`,
        "cache-control": "no-store",
        vary: "Accept-Encoding",
        ...(encoding === null ? {} : { "content-encoding": encoding }),
      };
      const place = places.take();
      try {
        const events = exportEvents({ site, filter, order, ...(cursor === undefined ? {} : { cursor }) });
        // Before the first byte: what is wrong from the beginning still has a status of its own.
        const first = await events.next();
        const text = encode(EXPORT_ENCODERS[format](site), cursor === undefined, first, events);
        const chunks = encoding === null ? text : gzipped(text);
        return answerAtLength({ request, server, headers, chunks, onEnd: place[Symbol.dispose] });
      } catch (error) {
        place[Symbol.dispose]();
        throw error;
      }
    },
    {
      access: "GET /api/v1/events/export",
      query: ExportEventsQuery,
      detail: {
        operationId: "exportEvents",
        summary: "Export a website's events",
        description:
          "All events that match, in one answer of any size, compressed where `Accept-Encoding` names gzip. `footfall import` reads it back without loss. One that broke off goes on with the `dedupeKey` of its last whole line as `cursor`.",
        responses: responses({
          200: {
            description: "The events, one a line",
            schema: ExportedEvent,
            mediaTypes: Object.values(MEDIA_TYPES),
          },
          400: { description: "A parameter is missing or wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          503: { description: "Too many exports are under way; retry after `Retry-After`", schema: ErrorBody },
        }),
      },
    },
  );
}

/** What is continued has its header already. */
async function* encode(
  encoder: ExportEncoder,
  isWhole: boolean,
  first: IteratorResult<readonly StoredEvent[], void>,
  others: AsyncIterable<readonly StoredEvent[]>,
): AsyncGenerator<string, void, void> {
  if (isWhole && encoder.header !== "") yield encoder.header;
  if (first.done) return;
  yield encoder.encode(first.value);
  for await (const events of others) yield encoder.encode(events);
}

import { Elysia } from "elysia";
import { parseEventFilter } from "../../../domain/event-filter.ts";
import type { ExportEvents } from "../../../domain/export-events.ts";
import { EXPORT_ENCODERS, type ExportFormat } from "../../../domain/export-format.ts";
import { websiteIdOf } from "../../../domain/site.ts";
import { started } from "../../../lib/started.ts";
import type { AnswerExport } from "../../answer-export.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody } from "./schemas.ts";
import { ExportEventsQuery, ExportedEvent } from "./walk-schemas.ts";

const MEDIA_TYPES = {
  jsonl: "application/x-ndjson",
  csv: "text/csv",
} as const satisfies Record<ExportFormat, string>;

/** `GET /api/v1/events/export`: all events of a site that match, in one answer. */
export function exportEventsRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  exportEvents: ExportEvents;
  answerExport: AnswerExport;
}) {
  const { guard, findReadableSite, exportEvents, answerExport } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/events/export",
    async ({ query, caller, request, server }) => {
      const site = await findReadableSite(caller, query.trackingCode);
      const { format = "jsonl", order = "asc", cursor } = query;
      const filter = parseEventFilter(site.id, query);
      const { header, encode } = EXPORT_ENCODERS[format](site);
      return answerExport({
        request,
        server,
        contentType: `${MEDIA_TYPES[format]}; charset=utf-8`,
        fileName: `events-${websiteIdOf(site)}.${format}`,
        // What is continued has its header already.
        header: cursor === undefined ? header : "",
        encode,
        begin: () => started(exportEvents({ site, filter, order, ...(cursor === undefined ? {} : { cursor }) })),
      });
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

import { TypeCompiler } from "@sinclair/typebox/compiler";
import { Elysia } from "elysia";
import { AppError, invalid } from "../../../domain/errors.ts";
import type { EventQueries } from "../../../domain/event-queries.ts";
import type { Clock } from "../../../lib/clock.ts";
import { compileKql } from "../../../query/kql/compile.ts";
import { ticksOfMs } from "../../../query/ticks.ts";
import { readText } from "../../body.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { fieldErrors } from "../../validation.ts";
import { ErrorBody } from "./errors.ts";
import { FIELDS } from "./fields.ts";
import { escapeLineBreaks } from "./line-breaks.ts";
import { blameQuery } from "./query-error.ts";
import { readFlag, readQueryOptions } from "./query-options.ts";
import { PreviewBody, PreviewRequest, PreviewResult } from "./schemas.ts";
import { DEFAULT_SCOPE, type FindReadableScope } from "./scopes.ts";

const MAX_ROWS = 1_000;

/** In bytes: far above what a query may be. */
const MAX_BODY_BYTES = 256 * 1024;

const requestValidator = TypeCompiler.Compile(PreviewRequest);

const readBody = readText(MAX_BODY_BYTES);

/** `POST /api/v2.0/TrackEvents/preview`: up to 1,000 rows of a KQL query. */
export function previewTrackEventsRoute(deps: {
  guard: Guard;
  clock: Clock;
  findReadableScope: FindReadableScope;
  queries: EventQueries;
}) {
  const { guard, clock, findReadableScope, queries } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v2.0/TrackEvents/preview",
    async ({ body, caller, request }) => {
      const { Query, Scope } = decodePreview(body);
      const includeTest = readFlag(readQueryOptions(request.url), "includetest", false);
      const site = await findReadableScope(caller, Scope || DEFAULT_SCOPE);
      try {
        const pipeline = compileKql(Query, { now: ticksOfMs(clock.now()), columns: FIELDS });
        const found = await queries.run({ siteIds: [site.id], includeTest, pipeline, maxRows: MAX_ROWS, total: null });
        return jsonResponse(200, `{"items":[${found.rows}],"count":${found.count}}`);
      } catch (error) {
        throw blameQuery(error, "Query");
      }
    },
    {
      access: "POST /api/v2.0/TrackEvents/preview",
      parse: async ({ request }) => escapeLineBreaks(await readBody({ request })),
      body: PreviewBody,
      detail: {
        operationId: "previewTrackEvents",
        summary: "Run a KQL query",
        description: "Of one scope. A query that takes too long is stopped.",
        responses: responses({
          200: { description: "The first 1,000 rows", schema: PreviewResult },
          400: { description: "The query is wrong, or takes too long", schema: ErrorBody },
          404: { description: "There is no such scope, or not for this key", schema: ErrorBody },
          501: { description: "The events are on a libSQL server, where queries cannot be stopped", schema: ErrorBody },
          503: { description: "Too many queries are waiting; retry after `Retry-After`", schema: ErrorBody },
        }),
      },
    },
  );
}

/** `{"Query": "…", "Scope": "…"}`, its names in any case. */
function decodePreview(body: Readonly<Record<string, unknown>>): PreviewRequest {
  const byName = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  const fields = { Query: byName.get("query"), Scope: byName.get("scope") ?? null };
  if (!requestValidator.Check(fields)) {
    throw new AppError("invalid_input", "Invalid query", { fieldErrors: fieldErrors(requestValidator.Errors(fields)) });
  }
  if (fields.Query.trim() === "") throw invalid("Query", "Must not be empty");
  return fields;
}

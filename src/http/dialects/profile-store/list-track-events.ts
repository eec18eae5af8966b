import { Elysia } from "elysia";
import { coversSite } from "../../../domain/api-key.ts";
import { invalid } from "../../../domain/errors.ts";
import type { EventQueries } from "../../../domain/event-queries.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { Clock } from "../../../lib/clock.ts";
import { compileOData } from "../../../query/odata/compile.ts";
import { ticksOfMs } from "../../../query/ticks.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, requireKey } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { ErrorBody } from "./errors.ts";
import { FIELDS } from "./fields.ts";
import { blameQuery } from "./query-error.ts";
import { type QueryOptions, readCount, readFlag, readQueryOptions } from "./query-options.ts";
import { ListTrackEventsQuery, TrackEventList } from "./schemas.ts";

const PATHS = {
  "GET /api/v2.0/TrackEvents": "listTrackEvents",
  "GET /api/v1.0/TrackEvents": "listTrackEventsOlder",
} as const;

const DEFAULT_TOP = 100;

/** Only the first so many events can be looked at. */
const WINDOW = 10_000;

/** `GET /api/v2.0/TrackEvents` and its older path: events by OData. */
export function listTrackEventsRoute(deps: {
  guard: Guard;
  admission: Admission;
  clock: Clock;
  sites: SiteStore;
  queries: EventQueries;
}) {
  const { guard, admission, clock, sites, queries } = deps;

  async function readableSites(caller: Caller): Promise<readonly number[]> {
    const key = requireKey(caller);
    const own = (await sites.listSites()).filter(({ id }) => coversSite(key, id));
    // The answer is about all of them: only pages that each of them names may read it.
    const closed = own.find(({ allowedOrigins }) => !allowedOrigins?.includes(caller.origin ?? ""));
    const strictest = closed ?? own[0];
    if (strictest) admission.openToPages(caller, strictest);
    return own.map(({ id }) => id);
  }

  async function answer(url: string, caller: Caller): Promise<string> {
    const options = readQueryOptions(url);
    const { skip, top } = readWindow(options);
    const query = {
      filter: options.get("filter") || null,
      orderBy: options.get("orderby") || null,
      select: options.get("select") || null,
      skip,
      top,
    };
    const isCounted = readFlag(options, "count", true);
    const includeTest = readFlag(options, "includetest", false);
    const { rows, matching } = compileOData(query, { now: ticksOfMs(clock.now()), properties: FIELDS });
    const siteIds = await readableSites(caller);
    const found = await queries.run({
      siteIds,
      includeTest,
      pipeline: rows,
      maxRows: WINDOW,
      total: isCounted ? matching : null,
    });
    return `{"items":[${found.rows}],"total":${found.total},"count":${found.count}}`;
  }

  const app = new Elysia({ normalize: false }).use(guard);
  for (const [access, operationId] of Object.entries(PATHS) as [keyof typeof PATHS, string][]) {
    app.get(
      access.slice("GET ".length),
      async ({ request, caller }) => {
        const body = await answer(request.url, caller).catch((error: unknown) => {
          throw blameQuery(error, "$filter");
        });
        return jsonResponse(200, body);
      },
      {
        access,
        query: ListTrackEventsQuery,
        detail: {
          operationId,
          summary: "List track events",
          description: "Of all scopes that the key may read, newest first unless `$orderby` says otherwise.",
          responses: responses({
            200: { description: "Events, and how many there are", schema: TrackEventList },
            400: { description: "A query option is wrong, or the query takes too long", schema: ErrorBody },
            501: {
              description: "The events are on a libSQL server, where queries cannot be stopped",
              schema: ErrorBody,
            },
            503: { description: "Too many queries are waiting; retry after `Retry-After`", schema: ErrorBody },
          }),
        },
      },
    );
  }
  return app;
}

/** @throws `invalid_input` where the window ends beyond the events that can be looked at. */
function readWindow(options: QueryOptions): { skip: number; top: number } {
  const skip = readCount(options, "skip", 0);
  const top = readCount(options, "top", DEFAULT_TOP);
  // Clients are known to ask for exactly so many from the first on.
  const isWhole = top === WINDOW && skip === 0;
  if (skip + top >= WINDOW && !isWhole) {
    throw invalid(options.has("top") ? "$top" : "$skip", `$skip and $top must be less than ${WINDOW} together`);
  }
  return { skip, top };
}

import { Elysia } from "elysia";
import { AppError, invalid } from "../../../domain/errors.ts";
import { decodeCursor } from "../../../domain/page.ts";
import type { EventFilter, EventListQuery, EventReader } from "../../../domain/ports.ts";
import { isCleanText } from "../../../domain/text.ts";
import { decodeTimeBound } from "../../../domain/time-bound.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { jsonResponse } from "../../json-response.ts";
import { encodeEventPage } from "./encode.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody, EventList, ListEventsQuery } from "./schemas.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** `GET /api/v1/events`: a site's events, page by page. */
export function listEventsRoute(deps: { guard: Guard; findReadableSite: FindReadableSite; reader: EventReader }) {
  const { guard, findReadableSite, reader } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/events",
    async ({ query, caller }) => {
      // Also `?trackingCode=`: nothing is no code.
      if (query.trackingCode === "") {
        throw new AppError("missing_parameter", "trackingCode query parameter is required");
      }
      const site = await findReadableSite(caller, query.trackingCode);
      const list = decodeQuery(query, site.id);
      return jsonResponse(200, encodeEventPage(await reader.listEvents(list), list));
    },
    {
      access: "GET /api/v1/events",
      query: ListEventsQuery,
      detail: {
        operationId: "listEvents",
        summary: "List a website's events",
        description:
          "A walk by cursor gives every event that was stored before its first page, and is not deleted, exactly once.",
        responses: responses({
          200: { description: "A page of events", schema: EventList },
          400: { description: "A parameter is missing or wrong", schema: ErrorBody },
          401: { description: "A key is missing or not valid", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          503: { description: "The read took too long; narrow it", schema: ErrorBody },
        }),
      },
    },
  );
}

/** @throws `invalid_input` that names the parameter. */
function decodeQuery(query: ListEventsQuery, siteId: number): EventListQuery {
  const order = query.order ?? "desc";
  const list = {
    filter: decodeFilter(query, siteId),
    order,
    limit: Math.min(Number(query.limit ?? DEFAULT_LIMIT), MAX_LIMIT),
  };
  return {
    ...list,
    count: query.count !== "false",
    ...(query.cursor === undefined
      ? { offset: Number(query.offset ?? 0) }
      : { after: decodeCursor(order, query.cursor) }),
  };
}

/** Filters on texts, and the parameters that carry them. */
const TEXT_FILTERS = {
  type: "eventType",
  sessionId: "sessionId",
  visitorId: "visitorId",
  name: "eventName",
  url: "url",
  pathPrefix: "path",
} as const satisfies Partial<Record<keyof EventFilter, keyof ListEventsQuery>>;

/** @throws `invalid_input` that names the parameter. */
export function decodeFilter(query: ListEventsQuery, siteId: number): EventFilter {
  const texts: Record<string, string> = {};
  for (const [filter, parameter] of Object.entries(TEXT_FILTERS)) {
    const text = query[parameter];
    if (text === undefined || text === "") continue;
    if (!isCleanText(text)) throw invalidQuery(parameter, "Must not contain NUL characters");
    texts[filter] = filter === "pathPrefix" ? encodePath(text) : text;
  }
  const from = decodeTimeBound("from", query.from, "first");
  const to = decodeTimeBound("to", query.to, "last");
  if (from !== undefined && to !== undefined && from > to) throw invalidQuery("to", "Must not be before `from`");
  return {
    siteId,
    ...texts,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(query.includeTest === "true" ? { includeTest: true } : {}),
    ...(query.bots === "exclude" ? { excludeBots: true } : {}),
  };
}

/** Paths are stored as URLs write them, and parameters arrive decoded: `/über` → `/%C3%BCber`. */
const encodePath = (path: string): string => path.replace(/[^\x21-\x7e]|["<>^`{}]/gu, encodeURIComponent);

const invalidQuery = (parameter: string, message: string) => invalid(parameter, message, "Invalid query parameters");

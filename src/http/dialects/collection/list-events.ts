import { Elysia } from "elysia";
import { invalid } from "../../../domain/errors.ts";
import { decodeCursor } from "../../../domain/page.ts";
import type { EventFilter, EventListQuery, EventReader } from "../../../domain/ports.ts";
import { assertCleanText } from "../../../domain/text.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeTime } from "./decode.ts";
import { encodeEventPage, jsonResponse } from "./encode.ts";
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

function decodeFilter(query: ListEventsQuery, siteId: number): EventFilter {
  const texts = {
    type: query.eventType,
    sessionId: query.sessionId,
    visitorId: query.visitorId,
    name: query.eventName,
    url: query.url,
    pathPrefix: query.path,
  };
  const given = Object.entries(texts).filter(([, text]) => text !== undefined && text !== "");
  for (const [field, text] of given) assertCleanText(field, text ?? "");
  const from = query.from === undefined ? undefined : decodeTime("from", query.from, "first");
  const to = query.to === undefined ? undefined : decodeTime("to", query.to, "last");
  if (from !== undefined && to !== undefined && from > to) {
    throw invalid("to", "Must not be before `from`", "Invalid query parameters");
  }
  return {
    siteId,
    ...Object.fromEntries(given),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(query.includeTest === "true" ? { includeTest: true } : {}),
  };
}

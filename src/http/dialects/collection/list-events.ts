import { Elysia } from "elysia";
import { parseEventFilter } from "../../../domain/event-filter.ts";
import { decodeCursor } from "../../../domain/page.ts";
import type { EventListQuery, EventReader } from "../../../domain/ports.ts";
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
      const site = await findReadableSite(caller, query.trackingCode);
      const list = decodeQuery(query, site.id);
      return jsonResponse<EventList>(200, encodeEventPage(await reader.listEvents(list), list));
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
    filter: parseEventFilter(siteId, query),
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

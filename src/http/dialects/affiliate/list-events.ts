import { Elysia } from "elysia";
import type { AttributionStore } from "../../../domain/attributed-events.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeList } from "./decode.ts";
import { encodeList } from "./encode.ts";
import { StrapiError } from "./errors.ts";
import type { FindReadableProgram } from "./find-program.ts";
import { ListTrackingEventsQuery, ProgramPath, TrackingEventList } from "./schemas.ts";

/** `GET /api/tracking/events/:programId`: clicks, leads and conversions, newest first, page by page. */
export function listEventsRoute(deps: {
  guard: Guard;
  findReadableProgram: FindReadableProgram;
  attribution: AttributionStore;
}) {
  const { guard, findReadableProgram, attribution } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/tracking/events/:programId",
    async ({ params, query, caller }) => {
      const site = await findReadableProgram(caller, params.programId);
      const list = decodeList(query, site.id);
      const { page, pageSize: limit, filter } = list;
      return encodeList(await attribution.listEvents({ filter, offset: (page - 1) * limit, limit }), list);
    },
    {
      access: "GET /api/tracking/events/:programId",
      params: ProgramPath,
      query: ListTrackingEventsQuery,
      detail: {
        operationId: "listTrackingEvents",
        summary: "List a program's clicks, leads and conversions",
        description:
          "Newest first. Test events are left out, and so is what has neither a click id nor a customer key.",
        responses: responses({
          200: { description: "A page of events", schema: TrackingEventList },
          400: { description: "A parameter is wrong", schema: StrapiError },
          403: { description: "The key lacks `events:read`, or is for other programs", schema: StrapiError },
          404: { description: "There is no such program", schema: StrapiError },
          503: { description: "The read took too long; narrow it", schema: StrapiError },
        }),
      },
    },
  );
}

import { Elysia } from "elysia";
import type { ReportPerformance } from "../../../domain/report-performance.ts";
import type { Clock } from "../../../lib/clock.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeReportRange } from "./decode.ts";
import { encodeReport } from "./encode.ts";
import { StrapiError } from "./errors.ts";
import type { FindReadableProgram } from "./find-program.ts";
import { PerformanceQuery, ProgramPath, ProgramPerformance } from "./schemas.ts";

/** `GET /api/tracking/performance/:programId`: what each day brought. */
export function getPerformanceRoute(deps: {
  guard: Guard;
  clock: Clock;
  findReadableProgram: FindReadableProgram;
  reportPerformance: ReportPerformance;
}) {
  const { guard, clock, findReadableProgram, reportPerformance } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/tracking/performance/:programId",
    async ({ params, query, caller }) => {
      const site = await findReadableProgram(caller, params.programId);
      const range = decodeReportRange(query, clock.now());
      return encodeReport(await reportPerformance({ siteId: site.id, ...range }), range);
    },
    {
      access: "GET /api/tracking/performance/:programId",
      params: ProgramPath,
      query: PerformanceQuery,
      detail: {
        operationId: "getTrackingPerformance",
        summary: "Report a program's days",
        description: "Counts, conversion rate and revenue by currency of each UTC day; the last seven days by default.",
        responses: responses({
          200: { description: "A row for each day, and all of them together", schema: ProgramPerformance },
          400: { description: "A parameter is wrong", schema: StrapiError },
          403: { description: "The key lacks `events:read`, or is for other programs", schema: StrapiError },
          404: { description: "There is no such program", schema: StrapiError },
          503: { description: "The read took too long; narrow it", schema: StrapiError },
        }),
      },
    },
  );
}

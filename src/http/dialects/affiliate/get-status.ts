import { Elysia } from "elysia";
import type { AttributionStore } from "../../../domain/attributed-events.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { encodeStatus } from "./encode.ts";
import { StrapiError } from "./errors.ts";
import type { FindReadableProgram } from "./find-program.ts";
import { ProgramPath, ProgramStatus } from "./schemas.ts";

/** `GET /api/tracking/status/:programId`: whether anything comes in. */
export function getStatusRoute(deps: {
  guard: Guard;
  findReadableProgram: FindReadableProgram;
  attribution: AttributionStore;
}) {
  const { guard, findReadableProgram, attribution } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/tracking/status/:programId",
    async ({ params, caller }) => {
      const site = await findReadableProgram(caller, params.programId);
      return encodeStatus(site, await attribution.countEvents(site.id));
    },
    {
      access: "GET /api/tracking/status/:programId",
      params: ProgramPath,
      detail: {
        operationId: "getTrackingStatus",
        summary: "Count a program's events",
        description: "All clicks, leads and conversions, without tests, and when the newest happened.",
        responses: responses({
          200: { description: "What has come in", schema: ProgramStatus },
          403: { description: "The key lacks `events:read`, or is for other programs", schema: StrapiError },
          404: { description: "There is no such program", schema: StrapiError },
        }),
      },
    },
  );
}

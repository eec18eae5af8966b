import { Elysia, t } from "elysia";
import type { TrackLead as TrackLeadOperation } from "../../../domain/track-lead.ts";
import type { Clock } from "../../../lib/clock.ts";
import { readText } from "../../body.ts";
import type { Guard } from "../../guard.ts";
import { requestFacts } from "../../request-facts.ts";
import { decodeLead } from "./decode-track.ts";
import { encodeTest } from "./encode.ts";
import type { FindWritableProgram } from "./find-program.ts";
import { MAX_TRACK_BYTES, operationId, type TrackPrefix, trackResponses } from "./track-route.ts";
import { LeadTracked, TestTracked, TrackLead } from "./track-schemas.ts";

/** `POST …/lead`: somebody has signed up. */
export function trackLeadRoute(deps: {
  prefix: TrackPrefix;
  guard: Guard;
  clock: Clock;
  findWritableProgram: FindWritableProgram;
  trackLead: TrackLeadOperation;
}) {
  const { prefix, guard, clock, findWritableProgram, trackLead } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    `${prefix}/lead`,
    async ({ body, caller, request }) => {
      const lead = decodeLead(body, requestFacts(request, caller, clock));
      const site = await findWritableProgram.ofOrigin(caller, lead);
      const eventId = await trackLead({ ...lead, site });
      if (lead.isTest) return encodeTest("lead", eventId, site);
      return { success: true as const, message: "Lead tracked successfully" };
    },
    {
      access: `POST ${prefix}/lead`,
      parse: readText(MAX_TRACK_BYTES),
      body: TrackLead,
      detail: {
        operationId: operationId("trackLead", prefix),
        summary: "Track a lead",
        description:
          "Needs a `click_id` or a `customer_key`, and ties the one to the other. The e-mail address is stored as a salted hash only.",
        responses: trackResponses({
          200: { description: "The lead is stored", schema: t.Union([LeadTracked, TestTracked]) },
        }),
      },
    },
  );
}

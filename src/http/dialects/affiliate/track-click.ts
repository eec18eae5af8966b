import { Elysia, t } from "elysia";
import type { TrackClick as TrackClickOperation } from "../../../domain/track-click.ts";
import type { Clock } from "../../../lib/clock.ts";
import { readText } from "../../body.ts";
import type { Guard } from "../../guard.ts";
import { requestFacts } from "../../request-facts.ts";
import { decodeClick } from "./decode-track.ts";
import { encodeTest } from "./encode.ts";
import type { FindWritableProgram } from "./find-program.ts";
import { MAX_TRACK_BYTES, operationId, type TrackPrefix, trackResponses } from "./track-route.ts";
import { ClickTracked, TestTracked, TrackClick } from "./track-schemas.ts";

/** `POST …/click`: a visitor has come by a partner's link. */
export function trackClickRoute(deps: {
  prefix: TrackPrefix;
  guard: Guard;
  clock: Clock;
  findWritableProgram: FindWritableProgram;
  trackClick: TrackClickOperation;
}) {
  const { prefix, guard, clock, findWritableProgram, trackClick } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    `${prefix}/click`,
    async ({ body, caller, request }) => {
      const click = decodeClick(body, requestFacts(request, caller, clock));
      const site = await findWritableProgram.ofLink(caller, click);
      const { clickId, eventId } = await trackClick({ ...click, site });
      if (click.event.isTest) return encodeTest("click", eventId, site);
      return {
        success: true as const,
        click_id: clickId,
        partner_code: click.partnerCode,
        cookie_window_days: site.attributionWindowDays,
      };
    },
    {
      access: `POST ${prefix}/click`,
      parse: readText(MAX_TRACK_BYTES),
      body: TrackClick,
      detail: {
        operationId: operationId("trackClick", prefix),
        summary: "Track a click",
        description: "The program is the site on whose domain, or a subdomain of it, the `affiliate_url` lies.",
        responses: trackResponses({
          200: { description: "The click is stored", schema: t.Union([ClickTracked, TestTracked]) },
        }),
      },
    },
  );
}

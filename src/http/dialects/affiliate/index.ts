import { Elysia } from "elysia";
import type { AttributionStore } from "../../../domain/attributed-events.ts";
import type { FindProgram } from "../../../domain/find-program.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { RefundSale } from "../../../domain/refund-sale.ts";
import type { ReportPerformance } from "../../../domain/report-performance.ts";
import type { TrackClick } from "../../../domain/track-click.ts";
import type { TrackLead } from "../../../domain/track-lead.ts";
import type { TrackSale } from "../../../domain/track-sale.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import type { Guard } from "../../guard.ts";
import { createFindReadableProgram, createFindWritableProgram } from "./find-program.ts";
import { getPerformanceRoute } from "./get-performance.ts";
import { getStatusRoute } from "./get-status.ts";
import { listEventsRoute } from "./list-events.ts";
import { trackClickRoute } from "./track-click.ts";
import { trackLeadRoute } from "./track-lead.ts";
import { trackRefundRoute } from "./track-refund.ts";
import type { TrackPrefix } from "./track-route.ts";
import { trackSaleRoute } from "./track-sale.ts";

export interface AffiliateDeps {
  readonly guard: Guard;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly sites: SiteStore;
  readonly attribution: AttributionStore;
  readonly findProgram: FindProgram;
  readonly trackClick: TrackClick;
  readonly trackLead: TrackLead;
  readonly trackSale: TrackSale;
  readonly refundSale: RefundSale;
  readonly reportPerformance: ReportPerformance;
}

/** Affitor's "List Tracking Events", its neighbours, and the paths by which those events come in. */
export function affiliateDialect(deps: AffiliateDeps) {
  const findReadableProgram = createFindReadableProgram(deps);
  const findWritableProgram = createFindWritableProgram(deps);
  const track = (prefix: TrackPrefix) =>
    new Elysia({ normalize: false })
      .use(trackClickRoute({ ...deps, prefix, findWritableProgram }))
      .use(trackLeadRoute({ ...deps, prefix, findWritableProgram }))
      .use(trackSaleRoute({ ...deps, prefix, findWritableProgram }))
      .use(trackRefundRoute({ ...deps, prefix, findWritableProgram }));
  return new Elysia({ name: "affiliate", normalize: false, tags: ["affiliate"] })
    .use(listEventsRoute({ ...deps, findReadableProgram }))
    .use(getStatusRoute({ ...deps, findReadableProgram }))
    .use(getPerformanceRoute({ ...deps, findReadableProgram }))
    .use(track("/api/v1/track"))
    .use(track("/api/tracking"));
}

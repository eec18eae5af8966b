import { createAttributeClick } from "../domain/attribute-click.ts";
import { createClickIds } from "../domain/click-id.ts";
import { createHashEmail } from "../domain/email-hash.ts";
import { createFindProgram } from "../domain/find-program.ts";
import type { IngestEvents } from "../domain/ingest-events.ts";
import type { Store } from "../domain/ports.ts";
import { createRefundSale } from "../domain/refund-sale.ts";
import { createReportPerformance } from "../domain/report-performance.ts";
import { createTrackClick } from "../domain/track-click.ts";
import { createTrackLead } from "../domain/track-lead.ts";
import { createTrackSale } from "../domain/track-sale.ts";
import type { RandomBytes } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";

/** The chain from a click to its conversion. */
export function createAttribution(
  store: Store,
  deps: { clock: Clock; random: RandomBytes; ingestEvents: IngestEvents },
) {
  const attributeClick = createAttributeClick(store);
  const hashEmail = createHashEmail({ ...store, ...deps });
  return {
    findProgram: createFindProgram(store),
    trackClick: createTrackClick({ ...store, ...deps, clickIds: createClickIds() }),
    trackLead: createTrackLead({ ...deps, attributeClick, hashEmail }),
    trackSale: createTrackSale({ ...deps, attributeClick }),
    refundSale: createRefundSale({ ...store, ...deps }),
    reportPerformance: createReportPerformance(store),
  };
}

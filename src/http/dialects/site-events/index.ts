import { Elysia } from "elysia";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { SiteEventReader } from "../../../domain/site-events.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import type { Guard } from "../../guard.ts";
import { createFindReadableSite, createFindWritableSite } from "./find-site.ts";
import { getStatsRoute } from "./get-stats.ts";
import { listEventsRoute } from "./list-events.ts";
import { listSitesRoute } from "./list-sites.ts";
import { trackEventRoute } from "./track-event.ts";
import { verifySiteRoute } from "./verify-site.ts";

export interface SiteEventsDeps {
  readonly guard: Guard;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly sites: SiteStore;
  readonly siteEvents: SiteEventReader;
  readonly ingestEvents: IngestEvents;
}

/** "Events" of AttractOS: visits of bots, referrals of AI assistants, and conversions. */
export function siteEventsDialect(deps: SiteEventsDeps) {
  const findReadableSite = createFindReadableSite(deps);
  const findWritableSite = createFindWritableSite(deps.sites);
  return new Elysia({ name: "site-events", normalize: false, tags: ["site-events"] })
    .use(listSitesRoute(deps))
    .use(listEventsRoute({ ...deps, findReadableSite }))
    .use(getStatsRoute({ ...deps, findReadableSite }))
    .use(trackEventRoute({ ...deps, findWritableSite }))
    .use(verifySiteRoute({ ...deps, findWritableSite }));
}

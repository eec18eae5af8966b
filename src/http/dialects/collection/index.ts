import { Elysia } from "elysia";
import type { CreateKey } from "../../../domain/create-key.ts";
import type { CreateSite } from "../../../domain/create-site.ts";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import type { EventReader, SiteStore } from "../../../domain/ports.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Guard } from "../../guard.ts";
import { createEventRoute } from "./create-event.ts";
import { createEventBatchRoute } from "./create-event-batch.ts";
import { createKeyRoute } from "./create-key.ts";
import { createWebsiteRoute } from "./create-website.ts";
import { createFindReadableSite, createFindWritableSite } from "./find-site.ts";
import { getEventRoute } from "./get-event.ts";
import { listEventsRoute } from "./list-events.ts";
import { listWebsitesRoute } from "./list-websites.ts";
import { trackPageViewRoute } from "./track-page-view.ts";

export interface CollectionDeps {
  readonly guard: Guard;
  readonly clock: Clock;
  readonly sites: SiteStore;
  readonly reader: EventReader;
  readonly ingestEvents: IngestEvents;
  readonly createSite: CreateSite;
  readonly createKey: CreateKey;
  /** Counts the events of a batch that were turned away while their neighbours were not. */
  readonly countRejected: (count: number) => void;
}

/** The native dialect: "Event Collection API Guide" of the Privacy-Focused Web Analytics Dashboard. */
export function collectionDialect(deps: CollectionDeps) {
  const findWritableSite = createFindWritableSite(deps.sites);
  const findReadableSite = createFindReadableSite(deps.sites);
  return new Elysia({ name: "collection", normalize: false, tags: ["collection"] })
    .use(createEventRoute({ ...deps, findWritableSite }))
    .use(createEventBatchRoute({ ...deps, findWritableSite }))
    .use(trackPageViewRoute({ ...deps, findWritableSite }))
    .use(listEventsRoute({ ...deps, findReadableSite }))
    .use(getEventRoute(deps))
    .use(createWebsiteRoute(deps))
    .use(listWebsitesRoute(deps))
    .use(createKeyRoute(deps));
}

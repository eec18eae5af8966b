import { Elysia } from "elysia";
import type { CreateKey } from "../../../domain/create-key.ts";
import type { CreateSite } from "../../../domain/create-site.ts";
import type { ExportEvents } from "../../../domain/export-events.ts";
import type { FollowEvents } from "../../../domain/follow-events.ts";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import type { KeyStillMay } from "../../../domain/key-standing.ts";
import type { EventReader, SiteStore } from "../../../domain/ports.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Guard } from "../../guard.ts";
import type { AnswerAtLength } from "../../long-response.ts";
import { createEventRoute } from "./create-event.ts";
import { createEventBatchRoute } from "./create-event-batch.ts";
import { createKeyRoute } from "./create-key.ts";
import { createWebsiteRoute } from "./create-website.ts";
import { exportEventsRoute } from "./export-events.ts";
import { createFindReadableSite, createFindWritableSite } from "./find-site.ts";
import { getEventRoute } from "./get-event.ts";
import { listEventsRoute } from "./list-events.ts";
import { listWebsitesRoute } from "./list-websites.ts";
import { streamEventsRoute } from "./stream-events.ts";
import { trackPageViewRoute } from "./track-page-view.ts";

export interface CollectionDeps {
  readonly guard: Guard;
  readonly clock: Clock;
  readonly sites: SiteStore;
  readonly reader: EventReader;
  readonly ingestEvents: IngestEvents;
  readonly createSite: CreateSite;
  readonly createKey: CreateKey;
  readonly exportEvents: ExportEvents;
  readonly followEvents: FollowEvents;
  readonly keyStillMay: KeyStillMay;
  /** Aborted when the server is about to stop: what has no end of its own ends then. */
  readonly stopping: AbortSignal;
  readonly answerAtLength: AnswerAtLength;
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
    .use(exportEventsRoute({ ...deps, findReadableSite }))
    .use(streamEventsRoute({ ...deps, findReadableSite }))
    .use(getEventRoute(deps))
    .use(createWebsiteRoute(deps))
    .use(listWebsitesRoute(deps))
    .use(createKeyRoute(deps));
}

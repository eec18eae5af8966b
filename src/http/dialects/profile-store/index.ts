import { Elysia } from "elysia";
import type { DeleteEvent } from "../../../domain/delete-event.ts";
import type { EventQueries } from "../../../domain/event-queries.ts";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import type { EventReader, SiteStore } from "../../../domain/ports.ts";
import type { RestoreEvent } from "../../../domain/restore-event.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import type { Guard } from "../../guard.ts";
import { deleteTrackEventRoute } from "./delete-track-event.ts";
import { listTrackEventsRoute } from "./list-track-events.ts";
import { previewTrackEventsRoute } from "./preview-track-events.ts";
import { restoreTrackEventRoute } from "./restore-track-event.ts";
import { createFindOwnSite, createFindReadableScope, createFindWritableScope } from "./scopes.ts";
import { trackRoute } from "./track.ts";
import { trackBulkRoute } from "./track-bulk.ts";

export interface ProfileStoreDeps {
  readonly guard: Guard;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly sites: SiteStore;
  readonly queries: EventQueries;
  readonly reader: EventReader;
  readonly ingestEvents: IngestEvents;
  readonly deleteEvent: DeleteEvent;
  readonly restoreEvent: RestoreEvent;
}

/** "Track events" of the Optimizely Profile Store. */
export function profileStoreDialect(deps: ProfileStoreDeps) {
  const findWritableScope = createFindWritableScope(deps.sites);
  const findReadableScope = createFindReadableScope(deps);
  const findOwnSite = createFindOwnSite(deps);
  return new Elysia({ name: "profile-store", normalize: false, tags: ["profile-store"] })
    .use(trackRoute({ ...deps, findWritableScope }))
    .use(trackBulkRoute({ ...deps, findWritableScope }))
    .use(listTrackEventsRoute(deps))
    .use(previewTrackEventsRoute({ ...deps, findReadableScope }))
    .use(deleteTrackEventRoute({ ...deps, findOwnSite }))
    .use(restoreTrackEventRoute({ ...deps, findOwnSite }));
}

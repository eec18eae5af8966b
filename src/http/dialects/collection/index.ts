import { Elysia } from "elysia";
import type { Audit } from "../../../domain/audit.ts";
import type { CreateKey } from "../../../domain/create-key.ts";
import type { CreateSite } from "../../../domain/create-site.ts";
import type { DeleteEvent } from "../../../domain/delete-event.ts";
import type { DeleteEvents } from "../../../domain/delete-events.ts";
import type { DeleteSite } from "../../../domain/delete-site.ts";
import type { DeletionStore } from "../../../domain/deletion-ports.ts";
import type { EraseVisitor } from "../../../domain/erase-visitor.ts";
import type { ExportEvents } from "../../../domain/export-events.ts";
import type { ExportVisitor } from "../../../domain/export-visitor.ts";
import type { FollowEvents } from "../../../domain/follow-events.ts";
import type { IngestEvents } from "../../../domain/ingest-events.ts";
import type { KeyStillMay } from "../../../domain/key-standing.ts";
import type { EventReader, KeyStore, SiteStore } from "../../../domain/ports.ts";
import type { RejectionStore } from "../../../domain/rejection.ts";
import type { RestoreDeletion } from "../../../domain/restore-deletion.ts";
import type { RestoreEvent } from "../../../domain/restore-event.ts";
import type { RestoreSite } from "../../../domain/restore-site.ts";
import type { RevokeKey } from "../../../domain/revoke-key.ts";
import type { RotateKey } from "../../../domain/rotate-key.ts";
import type { UpdateSite } from "../../../domain/update-site.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { createAnswerExport } from "../../answer-export.ts";
import type { Guard } from "../../guard.ts";
import type { AnswerAtLength } from "../../long-response.ts";
import type { RejectedEvents } from "../../rejected-events.ts";
import { createEventRoute } from "./create-event.ts";
import { createEventBatchRoute } from "./create-event-batch.ts";
import { createKeyRoute } from "./create-key.ts";
import { createWebsiteRoute } from "./create-website.ts";
import { deleteEventRoute } from "./delete-event.ts";
import { deleteEventIdsRoute } from "./delete-event-ids.ts";
import { deleteEventsRoute } from "./delete-events.ts";
import { deleteWebsiteRoute } from "./delete-website.ts";
import { eraseVisitorRoute } from "./erase-visitor.ts";
import { exportEventsRoute } from "./export-events.ts";
import { exportVisitorRoute } from "./export-visitor.ts";
import { createFindChangeableKey } from "./find-key.ts";
import { createFindReadableSite, createFindWritableSite } from "./find-site.ts";
import { createFindWebsite } from "./find-website.ts";
import { getDeletionRoute } from "./get-deletion.ts";
import { getEventRoute } from "./get-event.ts";
import { getWebsiteRoute } from "./get-website.ts";
import { listAuditRoute } from "./list-audit.ts";
import { listDeletionsRoute } from "./list-deletions.ts";
import { listEventsRoute } from "./list-events.ts";
import { listKeysRoute } from "./list-keys.ts";
import { listRejectionsRoute } from "./list-rejections.ts";
import { listWebsitesRoute } from "./list-websites.ts";
import { restoreDeletionRoute } from "./restore-deletion.ts";
import { restoreEventRoute } from "./restore-event.ts";
import { restoreWebsiteRoute } from "./restore-website.ts";
import { revokeKeyRoute } from "./revoke-key.ts";
import { rotateKeyRoute } from "./rotate-key.ts";
import { streamEventsRoute } from "./stream-events.ts";
import { trackPageViewRoute } from "./track-page-view.ts";
import { updateWebsiteRoute } from "./update-website.ts";

export interface CollectionDeps {
  readonly guard: Guard;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly sites: SiteStore;
  readonly keys: KeyStore;
  readonly reader: EventReader;
  readonly ingestEvents: IngestEvents;
  readonly createSite: CreateSite;
  readonly updateSite: UpdateSite;
  readonly deleteSite: DeleteSite;
  readonly restoreSite: RestoreSite;
  readonly createKey: CreateKey;
  readonly exportEvents: ExportEvents;
  readonly followEvents: FollowEvents;
  readonly keyStillMay: KeyStillMay;
  /** Aborted when the server is about to stop: what has no end of its own ends then. */
  readonly stopping: AbortSignal;
  readonly answerAtLength: AnswerAtLength;
  readonly rotateKey: RotateKey;
  readonly revokeKey: RevokeKey;
  readonly deletions: DeletionStore;
  readonly deleteEvent: DeleteEvent;
  readonly deleteEvents: DeleteEvents;
  readonly restoreEvent: RestoreEvent;
  readonly restoreDeletion: RestoreDeletion;
  readonly eraseVisitor: EraseVisitor;
  readonly exportVisitor: ExportVisitor;
  readonly audit: Audit;
  readonly rejections: RejectionStore;
  readonly rejectedEvents: RejectedEvents;
}

/** The native dialect: "Event Collection API Guide" of the Privacy-Focused Web Analytics Dashboard. */
export function collectionDialect(deps: CollectionDeps) {
  const findWritableSite = createFindWritableSite(deps.sites);
  const findReadableSite = createFindReadableSite(deps);
  const findWebsite = createFindWebsite(deps);
  const findChangeableKey = createFindChangeableKey(deps);
  const answerExport = createAnswerExport(deps);
  return new Elysia({ name: "collection", normalize: false, tags: ["collection"] })
    .use(createEventRoute({ ...deps, findWritableSite }))
    .use(createEventBatchRoute({ ...deps, findWritableSite }))
    .use(trackPageViewRoute({ ...deps, findWritableSite }))
    .use(listEventsRoute({ ...deps, findReadableSite }))
    .use(exportEventsRoute({ ...deps, findReadableSite, answerExport }))
    .use(streamEventsRoute({ ...deps, findReadableSite }))
    .use(getEventRoute(deps))
    .use(createWebsiteRoute(deps))
    .use(listWebsitesRoute(deps))
    .use(getWebsiteRoute({ ...deps, findWebsite }))
    .use(updateWebsiteRoute({ ...deps, findWebsite }))
    .use(deleteWebsiteRoute({ ...deps, findWebsite }))
    .use(restoreWebsiteRoute({ ...deps, findWebsite }))
    .use(createKeyRoute(deps))
    .use(listKeysRoute(deps))
    .use(rotateKeyRoute({ ...deps, findChangeableKey }))
    .use(revokeKeyRoute({ ...deps, findChangeableKey }))
    .use(deleteEventRoute(deps))
    .use(restoreEventRoute(deps))
    .use(deleteEventsRoute({ ...deps, findReadableSite }))
    .use(deleteEventIdsRoute({ ...deps, findReadableSite }))
    .use(listDeletionsRoute({ ...deps, findReadableSite }))
    .use(getDeletionRoute(deps))
    .use(restoreDeletionRoute(deps))
    .use(eraseVisitorRoute({ ...deps, findReadableSite }))
    .use(exportVisitorRoute({ ...deps, findReadableSite, answerExport }))
    .use(listAuditRoute({ ...deps, findReadableSite }))
    .use(listRejectionsRoute({ ...deps, findReadableSite }));
}

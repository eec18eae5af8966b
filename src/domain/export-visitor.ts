import { started } from "../lib/started.ts";
import type { Audit } from "./audit.ts";
import type { StoredEvent } from "./event.ts";
import type { ExportWhole } from "./export-events.ts";
import type { Site } from "./site.ts";

export interface ExportVisitorRequest {
  readonly site: Site;
  readonly visitorId: string;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
}

/**
 * All events of a visitor that can be seen, oldest first, test events included, in bounded memory. It has begun when it
 * resolves, so that what is wrong is known before anything is answered.
 *
 * @throws what {@link ExportWhole} throws.
 */
export type ExportVisitor = (
  request: ExportVisitorRequest,
) => Promise<AsyncGenerator<readonly StoredEvent[], void, void>>;

export function createExportVisitor(deps: { exportWhole: ExportWhole; audit: Audit }): ExportVisitor {
  const { exportWhole, audit } = deps;
  return async ({ site, visitorId, by }) => {
    const filter = { siteId: site.id, visitorId, includeTest: true };
    const events = await started(exportWhole({ site, filter, order: "asc" }));
    await audit.record({ action: "visitor.export", by, siteId: site.id });
    return events;
  };
}

import type { Clock } from "../lib/clock.ts";
import type { Audit } from "./audit.ts";
import { DEFAULT_SCOPE } from "./ensure-defaults.ts";
import { AppError } from "./errors.ts";
import type { SiteStore } from "./ports.ts";
import type { PurgeSchedule } from "./purge-schedule.ts";
import type { Site } from "./site.ts";

/** When a site was deleted and until when it can be restored, in ms since 1970. */
export interface SiteDeletion {
  readonly deletedAt: number;
  readonly purgeAt: number;
}

/** @param by who does it: see `AuditRecord.by`. */
export type DeleteSite = (site: Site, by: string) => Promise<SiteDeletion>;

/**
 * Hides a site, its events and its codes at once; until its purge all of it can be restored. Its events
 * are not marked one by one: the mark of the site stands for them.
 *
 * @throws `conflict` for the site with the scope `default`, `not_found` when it has been deleted meanwhile.
 */
export function createDeleteSite(deps: {
  sites: SiteStore;
  audit: Audit;
  clock: Clock;
  purgeSchedule: PurgeSchedule;
}): DeleteSite {
  const { sites, audit, clock, purgeSchedule } = deps;
  return async (site, by) => {
    if (site.scope === DEFAULT_SCOPE) {
      throw new AppError(
        "conflict",
        `The website with the scope "${DEFAULT_SCOPE}" always exists: it cannot be deleted`,
      );
    }
    const deletedAt = clock.now();
    const deletion = { deletedAt, purgeAt: purgeSchedule.purgeAt(deletedAt) };
    if (!(await sites.deleteSite(site.id, deletion))) throw new AppError("not_found", "Website not found");
    await audit.record({ action: "site.delete", by, siteId: site.id });
    return deletion;
  };
}

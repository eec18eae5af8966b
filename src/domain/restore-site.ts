import type { Clock } from "../lib/clock.ts";
import type { Audit } from "./audit.ts";
import { AppError } from "./errors.ts";
import type { SiteStore } from "./ports.ts";
import type { DeletedSite, Site } from "./site.ts";
import { isConflict } from "./site-fields.ts";

/** @param by who does it: see `AuditRecord.by`. */
export type RestoreSite = (site: DeletedSite, by: string) => Promise<Site>;

/**
 * Undoes the deletion of a site.
 *
 * @throws `not_found` from its purge on, `conflict` when another site has taken its domain or scope.
 */
export function createRestoreSite(deps: { sites: SiteStore; audit: Audit; clock: Clock }): RestoreSite {
  const { sites, audit, clock } = deps;
  return async (site, by) => {
    try {
      const restored = await sites.restoreSite(site.id, clock.now());
      if (!restored) throw new AppError("not_found", "Website not found");
      await audit.record({ action: "site.restore", by, siteId: site.id });
      return restored;
    } catch (error) {
      throw isConflict(error) ? namesTaken(site, error) : error;
    }
  };
}

function namesTaken({ domain, scope }: Site, cause: AppError): AppError {
  const names = `${domain === null ? "" : `the domain "${domain}" or `}the scope "${scope}"`;
  return new AppError("conflict", `Another website has ${names} by now: change or delete that one first`, { cause });
}

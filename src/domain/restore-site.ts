import type { Clock } from "../lib/clock.ts";
import { AppError } from "./errors.ts";
import type { SiteStore } from "./ports.ts";
import type { DeletedSite, Site } from "./site.ts";
import { isConflict } from "./site-fields.ts";

export type RestoreSite = (site: DeletedSite) => Promise<Site>;

/**
 * Undoes the deletion of a site.
 *
 * @throws `not_found` from its purge on, `conflict` when another site has taken its domain or scope.
 */
export function createRestoreSite(deps: { sites: SiteStore; clock: Clock }): RestoreSite {
  const { sites, clock } = deps;
  return async (site) => {
    try {
      const restored = await sites.restoreSite(site.id, clock.now());
      if (!restored) throw new AppError("not_found", "Website not found");
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

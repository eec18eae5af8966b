import { DEFAULT_SCOPE } from "./ensure-defaults.ts";
import { AppError } from "./errors.ts";
import type { SiteStore } from "./ports.ts";
import { assertScope, normalizeDomain, type Site, type SiteChanges } from "./site.ts";
import { isConflict, parseDescription, parseSiteName, siteExists } from "./site-fields.ts";
import { parseSiteSettings, type SiteSettingsInput } from "./site-settings.ts";

/** What is to be changed; what is left out stays. */
export interface UpdateSiteInput {
  readonly name?: string;
  /** Host name or URL; null: none. */
  readonly domain?: string | null;
  readonly description?: string | null;
  readonly scope?: string;
  readonly settings?: SiteSettingsInput;
}

/** @returns the site as it is afterwards. */
export type UpdateSite = (site: Site, input: UpdateSiteInput) => Promise<Site>;

/**
 * Changes what an owner can choose of a site. Its codes and ids stay.
 *
 * @throws `invalid_input`, `conflict` when another site has the domain or the scope, `not_found` when the
 *   site has been deleted meanwhile.
 */
export function createUpdateSite({ sites }: { sites: SiteStore }): UpdateSite {
  return async (site, input) => {
    const changes = parseChanges(site, input);
    if (Object.keys(changes).length === 0) return site;
    try {
      const changed = await sites.updateSite(site.id, changes);
      if (!changed) throw new AppError("not_found", "Website not found");
      return changed;
    } catch (error) {
      throw isConflict(error) ? siteExists(changes, error) : error;
    }
  };
}

function parseChanges(site: Site, { name, domain, description, scope, settings }: UpdateSiteInput): SiteChanges {
  if (scope !== undefined && scope !== site.scope && site.scope === DEFAULT_SCOPE) {
    throw new AppError("conflict", `The scope "${DEFAULT_SCOPE}" always exists and cannot be renamed`);
  }
  return {
    ...(name === undefined ? {} : { name: parseSiteName(name) }),
    ...(domain === undefined ? {} : { domain: domain === null ? null : normalizeDomain(domain) }),
    ...(description === undefined ? {} : { description: description === null ? null : parseDescription(description) }),
    ...(scope === undefined ? {} : { scope: assertScope(scope) }),
    ...parseSiteSettings(settings ?? {}),
  };
}

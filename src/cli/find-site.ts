import { AppError } from "../domain/errors.ts";
import type { SiteStore } from "../domain/ports.ts";
import { parseSiteReference, type Site } from "../domain/site.ts";
import { isCleanText } from "../domain/text.ts";

/**
 * The site that goes by any of its names: website id, site id, program id, tracking code, site key, scope.
 *
 * @throws `not_found`
 */
export async function findSite(sites: SiteStore, reference: string): Promise<Site> {
  const site = isCleanText(reference) ? await sites.findSite(parseSiteReference(reference)) : null;
  if (!site) throw new AppError("not_found", `there is no site "${reference}"; "footfall site list" shows all of them`);
  return site;
}

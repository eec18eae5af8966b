import { type Site, siteIdOf, websiteIdOf } from "../domain/site.ts";

/** A site with all its names, as `--json` prints it. */
export function siteAsJson(site: Site): Readonly<Record<string, unknown>> {
  return {
    id: websiteIdOf(site),
    name: site.name,
    domain: site.domain,
    trackingCode: site.trackingCode,
    siteKey: site.siteKey,
    scope: site.scope,
    programId: site.id,
    siteId: siteIdOf(site),
    publicRead: site.publicRead,
    createdAt: new Date(site.createdAt).toISOString(),
  };
}

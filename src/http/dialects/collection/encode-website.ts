import type { SiteDeletion } from "../../../domain/delete-site.ts";
import { type DeletedSite, type Site, siteIdOf, websiteIdOf } from "../../../domain/site.ts";
import { isoTime } from "../../../lib/iso-time.ts";

export function encodeWebsite(site: Site) {
  return {
    id: websiteIdOf(site),
    trackingCode: site.trackingCode,
    name: site.name,
    domain: site.domain,
    description: site.description,
    publicRead: site.publicRead,
    allowedOrigins: site.allowedOrigins,
    honorGpc: site.honorGpc,
    honorDnt: site.honorDnt,
    retentionDays: site.retentionDays,
    attributionWindowDays: site.attributionWindowDays,
    eventsPerMinute: site.eventsPerMinute,
    programId: site.id,
    siteId: siteIdOf(site),
    siteKey: site.siteKey,
    scope: site.scope,
    createdAt: isoTime(site.createdAt),
  };
}

export function encodeDeletedWebsite(site: DeletedSite) {
  return { ...encodeWebsite(site), deletedAt: isoTime(site.deletedAt), purgeAt: isoTime(site.purgeAt) };
}

export function encodeWebsiteDeletion(site: Site, { deletedAt, purgeAt }: SiteDeletion) {
  return { id: websiteIdOf(site), deletedAt: isoTime(deletedAt), purgeAt: isoTime(purgeAt) };
}

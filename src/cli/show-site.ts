import { type Site, siteIdOf, websiteIdOf } from "../domain/site.ts";
import { isoTime } from "../lib/iso-time.ts";
import { formatTable } from "./table.ts";

/** A site with all its names and settings, as `--json` prints it. */
export function siteAsJson(site: Site): Readonly<Record<string, unknown>> {
  return {
    id: websiteIdOf(site),
    name: site.name,
    domain: site.domain,
    description: site.description,
    trackingCode: site.trackingCode,
    siteKey: site.siteKey,
    scope: site.scope,
    programId: site.id,
    siteId: siteIdOf(site),
    publicRead: site.publicRead,
    allowedOrigins: site.allowedOrigins,
    honorGpc: site.honorGpc,
    honorDnt: site.honorDnt,
    retentionDays: site.retentionDays,
    attributionWindowDays: site.attributionWindowDays,
    eventsPerMinute: site.eventsPerMinute,
    createdAt: isoTime(site.createdAt),
  };
}

/** The same for people, one below the other. */
export function describeSite(site: Site): string {
  const yesNo = (isSo: boolean) => (isSo ? "yes" : "no");
  return formatTable([
    ["id", websiteIdOf(site)],
    ["name", site.name],
    ["domain", site.domain ?? "-"],
    ["description", site.description ?? "-"],
    ["tracking code", site.trackingCode],
    ["site key", site.siteKey],
    ["scope", site.scope],
    ["program id", String(site.id)],
    ["public read", yesNo(site.publicRead)],
    ["allowed origins", site.allowedOrigins?.join(",") ?? "every one"],
    ["honor GPC", yesNo(site.honorGpc)],
    ["honor DNT", yesNo(site.honorDnt)],
    ["retention", site.retentionDays === null ? "for ever" : `${site.retentionDays} days`],
    ["attribution window", `${site.attributionWindowDays} days`],
    ["events per minute", site.eventsPerMinute === null ? "any number" : String(site.eventsPerMinute)],
  ]);
}

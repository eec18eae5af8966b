import { Command } from "commander";
import type { SiteStore } from "../domain/ports.ts";
import { websiteIdOf } from "../domain/site.ts";
import { systemClock } from "../lib/clock.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { siteAsJson } from "./show-site.ts";
import { formatTable } from "./table.ts";
import type { UseStore } from "./use-store.ts";

interface SiteListFlags extends Flags {
  readonly deleted?: boolean;
  readonly json?: boolean;
}

export function createSiteListCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function listLive(sites: SiteStore, flags: SiteListFlags): Promise<void> {
    const live = await sites.listSites();
    if (flags.json) return output.printJson(live.map(siteAsJson));
    const rows = live.map((site) => [
      websiteIdOf(site),
      site.name,
      site.domain ?? "-",
      site.trackingCode,
      site.siteKey,
      site.scope,
    ]);
    output.print(formatTable([["ID", "NAME", "DOMAIN", "TRACKING CODE", "SITE KEY", "SCOPE"], ...rows]));
  }

  async function listDeleted(sites: SiteStore, flags: SiteListFlags): Promise<void> {
    const toIso = (ms: number) => new Date(ms).toISOString();
    const deleted = await sites.listDeletedSites(systemClock.now());
    if (flags.json) {
      const shown = deleted.map((site) => ({
        ...siteAsJson(site),
        deletedAt: toIso(site.deletedAt),
        purgeAt: toIso(site.purgeAt),
      }));
      return output.printJson(shown);
    }
    const rows = deleted.map((site) => [
      websiteIdOf(site),
      site.name,
      site.domain ?? "-",
      toIso(site.deletedAt),
      toIso(site.purgeAt),
    ]);
    output.print(formatTable([["ID", "NAME", "DOMAIN", "REMOVED", "RESTORABLE UNTIL"], ...rows]));
  }

  const command = new Command("list")
    .description("show all sites")
    .option("--deleted", "those that were removed and can be restored, instead")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action((flags: SiteListFlags) =>
    useStore(flags, ({ sites }) => (flags.deleted ? listDeleted(sites, flags) : listLive(sites, flags))),
  );
}

import { Command } from "commander";
import type { SiteStore } from "../domain/ports.ts";
import { websiteIdOf } from "../domain/site.ts";
import { systemClock } from "../lib/clock.ts";
import { isoTime } from "../lib/iso-time.ts";
import { addListFlags, type ListFlags } from "./list-flags.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { siteAsJson } from "./show-site.ts";
import type { UseStore } from "./use-store.ts";

interface SiteListFlags extends Flags, ListFlags {
  readonly deleted?: boolean;
}

export function createSiteListCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function listLive(sites: SiteStore, flags: SiteListFlags): Promise<void> {
    const live = await sites.listSites();
    const rows = live.map((site) => [
      websiteIdOf(site),
      site.name,
      site.domain ?? "-",
      site.trackingCode,
      site.siteKey,
      site.scope,
    ]);
    const head = ["ID", "NAME", "DOMAIN", "TRACKING CODE", "SITE KEY", "SCOPE"];
    output.printList({ head, rows, values: live.map(siteAsJson) }, flags);
  }

  async function listDeleted(sites: SiteStore, flags: SiteListFlags): Promise<void> {
    const deleted = await sites.listDeletedSites(systemClock.now());
    const values = deleted.map((site) => ({
      ...siteAsJson(site),
      deletedAt: isoTime(site.deletedAt),
      purgeAt: isoTime(site.purgeAt),
    }));
    const rows = deleted.map((site) => [
      websiteIdOf(site),
      site.name,
      site.domain ?? "-",
      isoTime(site.deletedAt),
      isoTime(site.purgeAt),
    ]);
    output.printList({ head: ["ID", "NAME", "DOMAIN", "REMOVED", "RESTORABLE UNTIL"], rows, values }, flags);
  }

  const command = new Command("list")
    .description("show all sites")
    .option("--deleted", "those that were removed and can be restored, instead");
  return addSettingFlags(addListFlags(command), DATABASE_SETTINGS).action((flags: SiteListFlags) =>
    useStore(flags, ({ sites }) => (flags.deleted ? listDeleted(sites, flags) : listLive(sites, flags))),
  );
}

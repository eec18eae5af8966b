import { Command } from "commander";
import { websiteIdOf } from "../domain/site.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { siteAsJson } from "./show-site.ts";
import { formatTable } from "./table.ts";
import type { UseStore } from "./use-store.ts";

interface SiteListFlags extends Flags {
  readonly json?: boolean;
}

export function createSiteListCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(flags: SiteListFlags): Promise<void> {
    const sites = await useStore(flags, (store) => store.sites.listSites());
    if (flags.json) return output.printJson(sites.map(siteAsJson));
    const rows = sites.map((site) => [
      websiteIdOf(site),
      site.name,
      site.domain ?? "-",
      site.trackingCode,
      site.siteKey,
      site.scope,
    ]);
    output.print(formatTable([["ID", "NAME", "DOMAIN", "TRACKING CODE", "SITE KEY", "SCOPE"], ...rows]));
  }

  const command = new Command("list").description("show all sites").option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

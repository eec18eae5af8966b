import { Command } from "commander";
import { createCreateSite } from "../domain/create-site.ts";
import { websiteIdOf } from "../domain/site.ts";
import { systemRandom } from "../lib/base62.ts";
import { systemClock } from "../lib/clock.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { siteAsJson } from "./show-site.ts";
import { addSiteSettingsFlags, type SiteSettingsFlags, siteSettingsOf } from "./site-settings-flags.ts";
import { formatTable } from "./table.ts";
import type { UseStore } from "./use-store.ts";

interface SiteAddFlags extends Flags, SiteSettingsFlags {
  readonly name: string;
  readonly domain?: string;
  readonly description?: string;
  readonly scope?: string;
  readonly json?: boolean;
}

export function createSiteAddCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(flags: SiteAddFlags): Promise<void> {
    const site = await useStore(flags, ({ sites }) =>
      createCreateSite({ sites, clock: systemClock, random: systemRandom })({
        name: flags.name,
        domain: flags.domain ?? null,
        description: flags.description ?? null,
        ...(flags.scope === undefined ? {} : { scope: flags.scope }),
        settings: siteSettingsOf(flags),
      }),
    );
    if (flags.json) output.printJson(siteAsJson(site));
    else {
      output.print(
        formatTable([
          ["id", websiteIdOf(site)],
          ["tracking code", site.trackingCode],
          ["site key", site.siteKey],
          ["scope", site.scope],
          ["program id", String(site.id)],
        ]),
      );
    }
  }

  const command = new Command("add")
    .description("make a site")
    .requiredOption("--name <name>", "what people call it")
    .option("--domain <domain>", "its host name or URL")
    .option("--description <text>", "what it is")
    .option("--scope <scope>", "its name in the profile-store API; from the domain or name when left out")
    .option("--json", "print JSON");
  return addSettingFlags(addSiteSettingsFlags(command), DATABASE_SETTINGS).action(run);
}

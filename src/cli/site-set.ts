import { Command } from "commander";
import { createUpdateSite } from "../domain/update-site.ts";
import { UsageError } from "./failure.ts";
import { findSite } from "./find-site.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { describeSite, siteAsJson } from "./show-site.ts";
import { addSiteSettingsFlags, type SiteSettingsFlags, siteSettingsOf } from "./site-settings-flags.ts";
import type { UseStore } from "./use-store.ts";

interface SiteSetFlags extends Flags, SiteSettingsFlags {
  readonly name?: string;
  readonly domain?: string;
  readonly description?: string;
  readonly scope?: string;
  readonly json?: boolean;
}

export function createSiteSetCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(reference: string, flags: SiteSetFlags): Promise<void> {
    const { name, domain, description, scope } = flags;
    const settings = siteSettingsOf(flags);
    const said = Object.fromEntries(
      Object.entries({ name, domain, description, scope }).filter(([, value]) => value !== undefined),
    );
    if (Object.keys({ ...said, ...settings }).length === 0) {
      throw new UsageError("site set needs to know what to change: --name, --public-read, … (footfall help site set)");
    }
    const site = await useStore(flags, async ({ sites }) =>
      createUpdateSite({ sites })(await findSite(sites, reference), { ...said, settings }),
    );
    if (flags.json) output.printJson(siteAsJson(site));
    else output.print(describeSite(site));
  }

  const command = new Command("set")
    .description("change a site; what is left out stays as it is")
    .argument("<id>", "any of its names: id, tracking code, program id, site id, site key, scope")
    .option("--name <name>", "what people call it")
    .option("--domain <domain>", "its host name or URL")
    .option("--description <text>", "what it is")
    .option("--scope <scope>", "its name in the profile-store API")
    .option("--json", "print JSON");
  return addSettingFlags(addSiteSettingsFlags(command), DATABASE_SETTINGS).action(run);
}

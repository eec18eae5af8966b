import { Command } from "commander";
import { BY_COMMAND } from "../domain/audit.ts";
import { AppError } from "../domain/errors.ts";
import type { SiteStore } from "../domain/ports.ts";
import { createRestoreSite } from "../domain/restore-site.ts";
import { type DeletedSite, parseSiteReference } from "../domain/site.ts";
import { isCleanText } from "../domain/text.ts";
import { systemClock } from "../lib/clock.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { describeSite, siteAsJson } from "./show-site.ts";
import type { UseStore } from "./use-store.ts";

interface SiteRestoreFlags extends Flags {
  readonly json?: boolean;
}

export function createSiteRestoreCommand(deps: { useStore: UseStore; output: Output }): Command {
  const { useStore, output } = deps;

  async function run(reference: string, flags: SiteRestoreFlags): Promise<void> {
    const site = await useStore(flags, async ({ sites, audit }) =>
      createRestoreSite({ sites, audit, clock: systemClock })(await findDeletedSite(sites, reference), BY_COMMAND),
    );
    if (flags.json) output.printJson(siteAsJson(site));
    else output.print(describeSite(site));
  }

  const command = new Command("restore")
    .description("bring back a removed site with all of its events")
    .argument("<id>", "any of its names: id, tracking code, program id, site id, site key, scope")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

/** @throws `not_found` */
async function findDeletedSite(sites: SiteStore, reference: string): Promise<DeletedSite> {
  const name = isCleanText(reference) ? parseSiteReference(reference) : null;
  const site = name && (await sites.findDeletedSite(name, systemClock.now()));
  if (!site) {
    const hint = '"footfall site list --deleted" shows all that can be restored';
    throw new AppError("not_found", `there is no removed site "${reference}"; ${hint}`);
  }
  return site;
}

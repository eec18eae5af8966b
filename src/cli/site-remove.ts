import { Command } from "commander";
import { parsePurgeConfig } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";
import { BY_COMMAND } from "../domain/audit.ts";
import { createDeleteSite } from "../domain/delete-site.ts";
import { createPurgeSchedule } from "../domain/purge-schedule.ts";
import { websiteIdOf } from "../domain/site.ts";
import { systemClock } from "../lib/clock.ts";
import { isoTime } from "../lib/iso-time.ts";
import { findSite } from "./find-site.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags, withFlags } from "./setting-flags.ts";
import type { UseStore } from "./use-store.ts";

interface SiteRemoveFlags extends Flags {
  readonly json?: boolean;
}

export function createSiteRemoveCommand(deps: {
  environment: Environment;
  useStore: UseStore;
  output: Output;
}): Command {
  const { environment, useStore, output } = deps;

  async function run(reference: string, flags: SiteRemoveFlags): Promise<void> {
    const { purgeCron, undoWindowMs } = parsePurgeConfig(withFlags(environment, flags));
    const purgeSchedule = createPurgeSchedule({ cron: purgeCron, undoWindowMs });
    const { site, deletion } = await useStore(flags, async ({ sites, audit }) => {
      const found = await findSite(sites, reference);
      const deleteSite = createDeleteSite({ sites, audit, clock: systemClock, purgeSchedule });
      return { site: found, deletion: await deleteSite(found, BY_COMMAND) };
    });
    const [id, deletedAt, purgeAt] = [websiteIdOf(site), isoTime(deletion.deletedAt), isoTime(deletion.purgeAt)];
    if (flags.json) output.printJson({ id, deletedAt, purgeAt });
    else output.print(`Site ${id} "${site.name}" is removed. Until ${purgeAt}: footfall site restore ${id}`);
  }

  const command = new Command("remove")
    .description("hide a site with all of its events; they are removed for good once its undo window is over")
    .argument("<id>", "any of its names: id, tracking code, program id, site id, site key, scope")
    .option("--json", "print JSON");
  return addSettingFlags(command, [...DATABASE_SETTINGS, "PURGE_CRON", "UNDO_WINDOW"]).action(run);
}

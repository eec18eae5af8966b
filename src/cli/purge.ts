import { Command } from "commander";
import type { Output } from "./output.ts";
import { createRemovalJobs } from "./run-job.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import type { UseStore } from "./use-store.ts";

interface PurgeFlags extends Flags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function createPurgeCommand(deps: {
  useStore: UseStore;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  const { useStore, output, exitNow } = deps;

  async function run(flags: PurgeFlags): Promise<void> {
    await useStore(flags, async (store) => {
      const { jobs, run: runJob } = createRemovalJobs(store);
      if (flags.dryRun) {
        const due = await jobs.purge.due();
        if (flags.json) output.printJson({ dryRun: true, events: due.events, sites: due.siteIds.length });
        else output.print(`A purge would remove ${describe(due.events, due.siteIds.length)}.`);
        return;
      }
      const { events, sites } = await runJob({ name: "purge", exitNow }, (signal) =>
        jobs.purge.run(signal, (removed) => output.status(`${removed.toLocaleString("en-US")} events removed`)),
      );
      output.status("");
      if (flags.json) output.printJson({ dryRun: false, events, sites });
      else output.print(`Removed ${describe(events, sites)}.`);
    });
  }

  const command = new Command("purge")
    .description("remove for good what was deleted long enough ago, as the server does by itself")
    .option("--dry-run", "only count")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

const plural = (n: number, word: string): string => `${n.toLocaleString("en-US")} ${word}${n === 1 ? "" : "s"}`;

const describe = (events: number, sites: number): string =>
  sites === 0 ? plural(events, "event") : `${plural(events, "event")} and ${plural(sites, "site")}`;

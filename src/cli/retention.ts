import { Command } from "commander";
import type { Expired } from "../domain/apply-retention.ts";
import { websiteIdOf } from "../domain/site.ts";
import { isoTime } from "../lib/iso-time.ts";
import type { Output } from "./output.ts";
import { createRemovalJobs } from "./run-job.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { showRemoval } from "./show-removal.ts";
import { formatTable } from "./table.ts";
import type { UseStore } from "./use-store.ts";

interface RetentionFlags extends Flags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function createRetentionCommand(deps: {
  useStore: UseStore;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  const { useStore, output, exitNow } = deps;

  async function run(flags: RetentionFlags): Promise<void> {
    await useStore(flags, async (store) => {
      const { jobs, run: runJob } = createRemovalJobs(store);
      const expired = flags.dryRun
        ? await jobs.retention.due()
        : await runJob({ name: "retention", exitNow }, (signal) => jobs.retention.run(signal, showRemoval(output)));
      output.status("");
      if (flags.json) output.printJson({ dryRun: flags.dryRun ?? false, sites: expired.map(asJson) });
      else output.print(describe(expired, flags.dryRun ?? false));
    });
  }

  const command = new Command("retention")
    .description("remove for good what is older than its site keeps, as the server does by itself")
    .option("--dry-run", "only count")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

const asJson = ({ site, before, events }: Expired) => ({
  id: websiteIdOf(site),
  name: site.name,
  before: isoTime(before),
  events,
});

function describe(expired: readonly Expired[], isDryRun: boolean): string {
  if (expired.length === 0) return "No site has events that are older than it keeps.";
  const rows = expired.map(({ site, before, events }) => [websiteIdOf(site), site.name, isoTime(before), `${events}`]);
  return formatTable([["ID", "NAME", "BEFORE", isDryRun ? "WOULD BE REMOVED" : "REMOVED"], ...rows]);
}

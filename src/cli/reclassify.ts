import { Command } from "commander";
import { createReclassifyEvents, type ReclassifyCounts } from "../domain/reclassify-events.ts";
import { CommandError } from "./failure.ts";
import { findSite } from "./find-site.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags } from "./setting-flags.ts";
import { listenForSignals } from "./signals.ts";
import type { UseStore } from "./use-store.ts";

interface ReclassifyFlags extends Flags {
  readonly site: string;
  readonly json?: boolean;
}

/** `footfall reclassify --site ID`: today's tables of bots and AI sources over the events that are stored. */
export function createReclassifyCommand(deps: {
  useStore: UseStore;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  const { useStore, output, exitNow } = deps;

  async function run(flags: ReclassifyFlags): Promise<void> {
    // Loaded here: the tables would slow down the start of every other command.
    const { reclassify } = await import("../enrich/reclassify.ts");
    using signals = listenForSignals(exitNow);
    const interruption = new AbortController();
    void signals.first.then(() => interruption.abort(new CommandError(INTERRUPTED)));
    await useStore(flags, async ({ reader, reclassifier, sites }) => {
      const { id } = await findSite(sites, flags.site);
      const reclassifyEvents = createReclassifyEvents({ reader, reclassifier, reclassify, wait: Bun.sleep });
      const onProgress = (counts: ReclassifyCounts) => output.status(describe(counts));
      try {
        const counts = await reclassifyEvents({ siteId: id, signal: interruption.signal, onProgress });
        if (flags.json) output.printJson(counts);
        else output.print(describe(counts));
      } finally {
        output.status("");
      }
    });
  }

  const command = new Command("reclassify")
    .description("run today's tables of bots and AI sources over the events that are stored")
    .requiredOption("--site <id>", "the site, by any of its names")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

const INTERRUPTED = "interrupted; what is changed stays, run the same command again to go on";

const number = (value: number): string => value.toLocaleString("en-US");

const describe = ({ events, changed }: ReclassifyCounts): string =>
  `${number(events)} events looked at, ${number(changed)} changed`;

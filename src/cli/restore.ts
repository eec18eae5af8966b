import { Command } from "commander";
import type { Environment } from "../config/settings.ts";
import { systemClock } from "../lib/clock.ts";
import { stampOf } from "./backup-name.ts";
import { createCopyHooks } from "./copy-hooks.ts";
import { databaseFile } from "./database-file.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";
import { describeFacts, factsAsJson } from "./show-facts.ts";

interface RestoreFlags extends Flags {
  readonly force?: boolean;
  readonly json?: boolean;
}

const INSTEAD = "Restore it where it runs, or import the exports of each site.";

export function createRestoreCommand(deps: {
  environment: Environment;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  const { environment, output } = deps;

  async function run(file: string, flags: RestoreFlags): Promise<void> {
    const database = databaseFile(withFlags(environment, flags), "restore", INSTEAD);
    // Loaded here: no other command needs it.
    const { restoreDatabase } = await import("../store/restore-database.ts");
    using hooks = createCopyHooks(deps);
    const { facts, aside } = await restoreDatabase({
      ...hooks,
      from: file,
      to: database,
      force: flags.force ?? false,
      aside: `${database}.replaced-${stampOf(systemClock.now())}`,
    });
    if (flags.json) output.printJson({ database, ...factsAsJson(facts), replaced: aside });
    else {
      output.print(`${database}: ${describeFacts(facts)}`);
      if (aside !== null)
        output.print(`What was there before is kept as ${aside}; remove it when you no longer need it.`);
    }
  }

  const command = new Command("restore")
    .description("put a backup in the place of the database, while no server runs")
    .argument("<file>", "the backup; it is looked through before anything is replaced")
    .option("--force", "also where there is a database; that is kept under another name")
    .option("--json", "print JSON");
  return addSettingFlags(command, ["DATABASE_URL"]).action(run);
}

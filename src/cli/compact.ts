import { Command } from "commander";
import type { Environment } from "../config/settings.ts";
import { createCopyHooks } from "./copy-hooks.ts";
import { databaseFile } from "./database-file.ts";
import { formatBytes } from "./numbers.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";
import { describeFacts, factsAsJson } from "./show-facts.ts";

interface CompactFlags extends Flags {
  readonly json?: boolean;
}

const INSTEAD = "A server gives space back by itself, or not at all.";

export function createCompactCommand(deps: {
  environment: Environment;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  const { environment, output } = deps;

  async function run(flags: CompactFlags): Promise<void> {
    const database = databaseFile(withFlags(environment, flags), "compact", INSTEAD);
    // Loaded here: no other command needs it.
    const { compactDatabase } = await import("../store/compact-database.ts");
    using hooks = createCopyHooks(deps);
    const { before, after } = await compactDatabase(database, hooks);
    const gained = before.bytes - after.bytes;
    if (flags.json)
      output.printJson({ database, ...factsAsJson(after), bytesBefore: before.bytes, bytesGained: gained });
    else output.print(`${database}: ${describeFacts(after)}; ${formatBytes(Math.max(0, gained))} given back`);
  }

  const command = new Command("compact")
    .description("give the database's free space back to the disk, while no server runs")
    .option("--json", "print JSON");
  return addSettingFlags(command, ["DATABASE_URL"]).action(run);
}

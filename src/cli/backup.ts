import { existsSync } from "node:fs";
import { Command } from "commander";
import type { Environment } from "../config/settings.ts";
import { systemClock } from "../lib/clock.ts";
import { nameBackup, removeOldBackups } from "./backup-name.ts";
import { createCopyHooks } from "./copy-hooks.ts";
import { databaseFile } from "./database-file.ts";
import { CommandError, UsageError } from "./failure.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";
import { describeFacts, factsAsJson } from "./show-facts.ts";

interface BackupFlags extends Flags {
  readonly keep?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const INSTEAD =
  "Back it up where it runs (sqld replicates and takes snapshots, Turso restores to a point in time), or export each site.";

export function createBackupCommand(deps: {
  environment: Environment;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  const { environment, output } = deps;

  async function run(file: string, flags: BackupFlags): Promise<void> {
    const keep = parseKeep(flags.keep);
    const database = databaseFile(withFlags(environment, flags), "backup", INSTEAD);
    if (!existsSync(database)) throw new CommandError(`there is no database ${database}`);
    const startedAt = performance.now();
    const backup = nameBackup({ file, database, isOneOfMany: keep !== null, nowMs: systemClock.now() });
    if (existsSync(backup.path) && !flags.force) {
      throw new CommandError(`${backup.path} exists; say --force to replace it, or --keep N for one file each time`);
    }
    // Loaded here: no other command needs it.
    const { backUpDatabase } = await import("../store/back-up-database.ts");
    using hooks = createCopyHooks(deps);
    const { family } = backup;
    const facts = await backUpDatabase({ ...hooks, from: database, to: backup.path, ...(family ? { family } : {}) });
    const removed = keep === null ? [] : removeOldBackups(backup, keep);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (flags.json) output.printJson({ file: backup.path, ...factsAsJson(facts), seconds, removed });
    else {
      output.print(`${backup.path}: ${describeFacts(facts)}, looked through (${seconds.toFixed(1)} s)`);
      if (removed.length > 0) output.print(`removed: ${removed.join(", ")}`);
    }
  }

  const command = new Command("backup")
    .description("copy the database into a file, also while a server writes to it")
    .argument("<file>", "the copy; in a folder it gets a name with the time")
    .option("--keep <number>", "put the time into the name, and remove all but so many of them")
    .option("--force", "replace a file that exists")
    .option("--json", "print JSON");
  return addSettingFlags(command, ["DATABASE_URL"]).action(run);
}

function parseKeep(keep: string | undefined): number | null {
  if (keep === undefined) return null;
  if (!/^[1-9]\d{0,5}$/.test(keep))
    throw new UsageError(`--keep is "${keep}"; it must be a whole number of at least 1`);
  return Number(keep);
}

import { Command } from "commander";
import { parseConfig, parseDatabaseConfig } from "../config/config.ts";
import { hideCredentials } from "../config/config-error.ts";
import { type Environment, findUnknownSettings } from "../config/settings.ts";
import type { DatabaseCheck } from "../store/check-database.ts";
import { CommandError } from "./failure.ts";
import { formatBytes, formatNumber } from "./numbers.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS, type Flags, withFlags } from "./setting-flags.ts";
import { describeFacts } from "./show-facts.ts";
import { formatTable } from "./table.ts";

interface CheckFlags extends Flags {
  readonly json?: boolean;
}

export function createCheckCommand(deps: { environment: Environment; output: Output }): Command {
  const { environment, output } = deps;

  async function run(flags: CheckFlags): Promise<void> {
    const env = withFlags(environment, flags);
    // A wrong setting ends it here, as it would end the start of a server.
    parseConfig(env);
    const { database } = parseDatabaseConfig(env);
    const name = database.kind === "file" ? database.path : hideCredentials(database.url);
    const { checkDatabase } = await import("../store/check-database.ts");
    output.status("looking the database through");
    const found = await checkDatabase(database).finally(() => output.status(""));
    const unknown = findUnknownSettings(env).map(({ variable }) => `No setting is called ${variable}`);
    const check = { ...found, warnings: [...found.warnings, ...unknown] };
    if (flags.json) output.printJson({ ok: check.problems.length === 0, database: name, ...check });
    else output.print(describe(name, check));
    if (check.problems.length > 0) throw new CommandError(`${name} is not in order, see above`);
  }

  const command = new Command("check")
    .description("look through the database and the settings; exit code 1 if something is wrong")
    .option("--json", "print JSON");
  return addSettingFlags(command, DATABASE_SETTINGS).action(run);
}

function describe(name: string, { file, schema, problems, warnings }: DatabaseCheck): string {
  const rows = [
    ["database", name],
    ["schema", schema ?? "none"],
    ...(file
      ? [
          ["holds", describeFacts(file)],
          ["deleted events", formatNumber(file.deletedEvents)],
          ["free in the file", formatBytes(file.freeBytes)],
          ["log", formatBytes(file.logBytes)],
          ["free on the disk", formatBytes(file.diskFreeBytes)],
        ]
      : []),
    ["settings", "in order"],
    ...warnings.map((warning) => ["warning", warning]),
    ...problems.map((problem) => ["problem", problem]),
    ...(problems.length === 0 ? [["result", "in order"]] : []),
  ];
  return formatTable(rows);
}

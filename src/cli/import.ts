import { Command, Option } from "commander";
import type { ImportFlags } from "./import-files.ts";
import { IMPORT_FORMATS } from "./import-format.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, DATABASE_SETTINGS } from "./setting-flags.ts";
import type { UseStore } from "./use-store.ts";

export function createImportCommand(deps: {
  useStore: UseStore;
  output: Output;
  exitNow: (code: number) => void;
}): Command {
  async function run(files: readonly string[], flags: ImportFlags): Promise<void> {
    // Loaded here: the formats' validators and parsers would slow down the start of every other command.
    const { createImportFiles } = await import("./import-files.ts");
    await createImportFiles(deps)(files, flags);
  }

  const command = new Command("import")
    .description("store the events of files; again without duplicates")
    .argument("<file...>", "JSON lines or web server logs, also compressed (.gz); - is standard input")
    .requiredOption("--site <id>", "the site they belong to, by any of its names")
    .addOption(new Option("--format <format>", "by the file's name when left out").choices(IMPORT_FORMATS))
    .option("--all", "of a log, also what is no page view: files, redirects, errors, every method")
    .option("--json", "print JSON");
  return addSettingFlags(command, [...DATABASE_SETTINGS, "GEO_DB"]).action(run);
}

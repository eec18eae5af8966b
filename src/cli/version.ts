import { Command } from "commander";
import { build, version, versionForPeople } from "../version.ts";
import type { Output } from "./output.ts";

export function createVersionCommand(deps: { output: Output }): Command {
  const { output } = deps;
  return new Command("version")
    .description("show the version, and what it was built from")
    .option("--json", "print JSON")
    .action((flags: { readonly json?: boolean }) => {
      if (flags.json)
        output.printJson({ version, commit: build?.commit ?? null, date: build?.date ?? null, bun: Bun.version });
      else output.print(`footfall ${versionForPeople}`);
    });
}

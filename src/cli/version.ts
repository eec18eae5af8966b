import { Command } from "commander";
import { version } from "../../package.json" with { type: "json" };
import type { Output } from "./output.ts";

export { version };

export function createVersionCommand(deps: { output: Output }): Command {
  const { output } = deps;
  return new Command("version")
    .description("show the version")
    .option("--json", "print JSON")
    .action((flags: { readonly json?: boolean }) => {
      if (flags.json) output.printJson({ version, bun: Bun.version });
      else output.print(`footfall ${version}`);
    });
}

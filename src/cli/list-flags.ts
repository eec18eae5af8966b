import { type Command, Option } from "commander";

/** How a list is to be printed; neither of them: as a table on a terminal, as JSON in a pipe. */
export interface ListFlags {
  readonly json?: boolean;
  readonly table?: boolean;
}

export function addListFlags(command: Command): Command {
  return command
    .addOption(new Option("--json", "print JSON, as in a pipe").conflicts("table"))
    .addOption(new Option("--table", "print a table, as on a terminal").conflicts("json"));
}

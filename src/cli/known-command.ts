import type { Command } from "commander";
import { UsageError } from "./failure.ts";

/**
 * The arguments as Commander is to read them. Without this it would take a misspelt command for an argument of the default
 * one, and answer `help key add` with the help of `key`.
 *
 * @throws UsageError for a name that no command has, and for a group without one.
 */
export function resolveCommand(program: Command, args: readonly string[]): readonly string[] {
  const path: string[] = [];
  let command = program;
  let wantsHelp = false;
  for (const word of args) {
    if (command.commands.length === 0 || word.startsWith("-")) break;
    if (word === "help") {
      wantsHelp = true;
      continue;
    }
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) {
      const who = path.length === 0 ? "there is" : `${path.join(" ")} has`;
      throw new UsageError(`${who} no command "${word}"; one of: ${namesIn(command)} (footfall help)`);
    }
    path.push(word);
    command = child;
  }
  if (wantsHelp) return [...path, "--help"];
  const isAlone = path.length > 0 && path.length === args.length && command.commands.length > 0;
  if (isAlone) throw new UsageError(`${path.join(" ")} needs a command; one of: ${namesIn(command)}`);
  return args;
}

const namesIn = (command: Command): string => command.commands.map((child) => child.name()).join(", ");

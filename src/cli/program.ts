import { Command } from "commander";
import { readEnvironment } from "../config/env.ts";
import type { Environment } from "../config/settings.ts";
import { maskSecrets } from "../lib/log.ts";
import { versionForPeople } from "../version.ts";
import { createBackupCommand } from "./backup.ts";
import { createCheckCommand } from "./check.ts";
import { createCompactCommand } from "./compact.ts";
import { addExamples } from "./examples.ts";
import { createExportCommand } from "./export.ts";
import { EXIT_DONE, explainFailure, UsageError } from "./failure.ts";
import { createHealthCommand } from "./health.ts";
import { createImportCommand } from "./import.ts";
import { createKeyAddCommand } from "./key-add.ts";
import { createKeyListCommand } from "./key-list.ts";
import { createKeyRevokeCommand } from "./key-revoke.ts";
import { createKeyRotateCommand } from "./key-rotate.ts";
import { createOutput, type Output } from "./output.ts";
import { createPurgeCommand } from "./purge.ts";
import { createReclassifyCommand } from "./reclassify.ts";
import { createRestoreCommand } from "./restore.ts";
import { createRetentionCommand } from "./retention.ts";
import { createServeCommand } from "./serve.ts";
import { createSiteAddCommand } from "./site-add.ts";
import { createSiteListCommand } from "./site-list.ts";
import { createSiteRemoveCommand } from "./site-remove.ts";
import { createSiteRestoreCommand } from "./site-restore.ts";
import { createSiteSetCommand } from "./site-set.ts";
import { createTestServerCommand } from "./test-server.ts";
import { createUseStore } from "./use-store.ts";
import { createVersionCommand } from "./version.ts";

/**
 * Runs the command that the arguments name and resolves with the exit code. Never throws: what went
 * wrong is on standard error, in one line.
 *
 * @param exitNow ends the process at once; only for what is told to stop a second time, or takes too long to.
 */
export async function runCli(args: readonly string[], exitNow: (code: number) => void): Promise<number> {
  const environment = readEnvironment();
  const output = createOutput();
  let exitCode = EXIT_DONE;
  const program = createProgram({ environment, output, exitNow, onExitCode: (code) => (exitCode = code) });
  try {
    assertKnownCommand(program, args);
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    const explanation = explainFailure(error);
    if (explanation.line !== null) output.failed(explanation.line);
    if (explanation.line !== null && isDebugging(environment)) console.error(maskSecrets(Bun.inspect(error)));
    return explanation.exitCode;
  }
}

function createProgram(deps: {
  environment: Environment;
  output: Output;
  exitNow: (code: number) => void;
  onExitCode: (code: number) => void;
}): Command {
  const useStore = createUseStore(deps);
  const withStore = { ...deps, useStore };
  const program = new Command("footfall")
    .description("Collects, lists, looks into and deletes tracking events.")
    .version(versionForPeople)
    .addCommand(createServeCommand(deps), { isDefault: true })
    .addCommand(
      createGroup("site", "make, show, change and remove sites", [
        createSiteAddCommand(withStore),
        createSiteListCommand(withStore),
        createSiteSetCommand(withStore),
        createSiteRemoveCommand(withStore),
        createSiteRestoreCommand(withStore),
      ]),
    )
    .addCommand(
      createGroup("key", "make, show, rotate and revoke API keys", [
        createKeyAddCommand(withStore),
        createKeyListCommand(withStore),
        createKeyRotateCommand(withStore),
        createKeyRevokeCommand(withStore),
      ]),
    )
    .addCommand(createImportCommand(withStore))
    .addCommand(createExportCommand(withStore))
    .addCommand(createBackupCommand(deps))
    .addCommand(createRestoreCommand(deps))
    .addCommand(createCheckCommand(deps))
    .addCommand(createCompactCommand(deps))
    .addCommand(createReclassifyCommand(withStore))
    .addCommand(createPurgeCommand(withStore))
    .addCommand(createRetentionCommand(withStore))
    .addCommand(createTestServerCommand(deps))
    .addCommand(createHealthCommand(deps))
    .addCommand(createVersionCommand(deps));
  addExamples(program);
  program.addHelpText("after", MORE_HELP);
  return throwErrors(program);
}

const MORE_HELP = "\nfootfall help COMMAND shows its flags and examples.";

/** A command that is only a name for its subcommands. */
function createGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = new Command(name).description(description);
  for (const command of commands) group.addCommand(command);
  const names = commands.map((command) => command.name()).join(", ");
  return group.argument("[command]").action((said?: string) => {
    const what = said === undefined ? "needs a command" : `has no command "${said}"`;
    throw new UsageError(`${name} ${what}; one of: ${names}`);
  });
}

/** Errors are thrown instead of printed: they are told in one place and one way. */
function throwErrors(command: Command): Command {
  command.exitOverride().configureOutput({ outputError: () => {} });
  for (const child of command.commands) throwErrors(child);
  return command;
}

/** Without this a misspelt command would be taken for an argument of the default one. */
function assertKnownCommand(program: Command, args: readonly string[]): void {
  const [first] = args;
  const names = program.commands.map((command) => command.name());
  if (first === undefined || first.startsWith("-") || first === "help" || names.includes(first)) return;
  throw new UsageError(`there is no command "${first}"; one of: ${names.join(", ")} (footfall help)`);
}

const isDebugging = (environment: Environment): boolean =>
  /^(?:debug|trace)$/.test(environment.FOOTFALL_LOG_LEVEL ?? "");

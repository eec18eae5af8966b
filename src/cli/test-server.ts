import { Command } from "commander";
import { TEST_SETTINGS } from "../testing/settings.ts";
import { explainListening } from "./listening.ts";
import type { Output } from "./output.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";

export function createTestServerCommand(deps: {
  output: Output;
  /** Ends the process without waiting for anything. */
  exitNow: (code: number) => void;
  onExitCode: (code: number) => void;
}): Command {
  const { output, exitNow, onExitCode } = deps;

  async function run(flags: Flags): Promise<void> {
    // Loaded here: no other command needs the HTTP server.
    const { runTestServer } = await import("../testing/test-server.ts");
    onExitCode(
      await runTestServer({ said: withFlags({}, flags), print: output.print, exitNow, explain: explainListening }),
    );
  }

  const command = new Command("test-server")
    .description("start an empty server for tests; prints one line of JSON, and ends with its standard input")
    .addHelpText(
      "after",
      '\nOn standard input it takes lines: "clear" removes all events and prints {"cleared":N}, "pause MS" prints {"paused":MS}\nafter that time. It ends when standard input is closed, or by a signal, and leaves nothing behind.',
    );
  return addSettingFlags(command, TEST_SETTINGS).action(run);
}

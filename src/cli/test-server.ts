import { fstatSync } from "node:fs";
import { createInterface } from "node:readline";
import { Command } from "commander";
import type { App } from "../app.ts";
import { type Config, parseConfig } from "../config/config.ts";
import { type Environment, SETTING_NAMES } from "../config/settings.ts";
import { siteIdOf, websiteIdOf } from "../domain/site.ts";
import { createLogger, type Logger } from "../lib/log.ts";
import { explainListening } from "./listening.ts";
import { reachableUrl } from "./loopback.ts";
import type { Output } from "./output.ts";
import { runUntilStopped } from "./run-until-stopped.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";
import { listenForSignals } from "./signals.ts";

/** What holds where no flag says otherwise. The variables of the environment are meant for the real server. */
const STANDARD: Environment = {
  FOOTFALL_DATABASE_URL: ":memory:",
  FOOTFALL_PORT: "0",
  FOOTFALL_LOG_LEVEL: "warn",
};

/** All but those of the database: a test server has its own, and touches nobody else's. */
const FLAGS = SETTING_NAMES.filter((name) => !/^(?:DATABASE_|DURABILITY$|REPLICA_)/.test(name));

export function createTestServerCommand(deps: {
  output: Output;
  /** Ends the process without waiting for anything. */
  exitNow: (code: number) => void;
  onExitCode: (code: number) => void;
}): Command {
  const { output, exitNow, onExitCode } = deps;

  async function run(flags: Flags): Promise<void> {
    const config = parseConfig(withFlags(STANDARD, flags));
    const log = createLogger(config.logLevel);
    using signals = listenForSignals(exitNow);
    const app = await start(config, log);
    output.print(JSON.stringify(factsOf(app, config)));
    using input = listenToInput((line) => obey(line, app), output);
    const first = Promise.race([signals.first, input.ended]);
    onExitCode(await runUntilStopped(app, { signals: { ...signals, first }, log, exitNow }));
  }

  const command = new Command("test-server")
    .description("start an empty server for tests; prints one line of JSON, and ends with its standard input")
    .addHelpText(
      "after",
      '\nOn standard input it takes lines: "clear" removes all events and prints {"cleared":N}, "pause MS" prints {"paused":MS}\nafter that time. It ends when standard input is closed, or by a signal, and leaves nothing behind.',
    );
  return addSettingFlags(command, FLAGS).action(run);
}

async function start(config: Config, log: Logger): Promise<App> {
  // Loaded here: no other command needs the HTTP server.
  const { createApp } = await import("../app.ts");
  try {
    return await createApp(config, { log });
  } catch (error) {
    throw explainListening(config, error);
  }
}

const MAX_PAUSE_MS = 1_000;

/** What a line on standard input asks for. */
async function obey(line: string, app: App): Promise<object> {
  if (line === "clear") return { cleared: await app.clear() };
  // For tests that have stopped their own clock.
  const pauseMs = Number(/^pause (\d{1,4})$/.exec(line)?.[1] ?? Number.NaN);
  if (pauseMs <= MAX_PAUSE_MS) {
    await Bun.sleep(pauseMs);
    return { paused: pauseMs };
  }
  return { error: `There is no command "${line}"; one of: clear, pause MS (0 to ${MAX_PAUSE_MS})` };
}

/** What a test needs to know. */
function factsOf(app: App, config: Config) {
  const { site, adminKey } = app.defaults;
  return {
    url: reachableUrl(config.host, Number(app.url.port)).origin,
    trackingCode: site.trackingCode,
    siteKey: site.siteKey,
    key: adminKey ?? config.adminKey,
    websiteId: websiteIdOf(site),
    siteId: siteIdOf(site),
    programId: site.id,
    scope: site.scope,
  };
}

/**
 * Answers the lines of standard input, one after the other.
 *
 * Where it is neither a pipe nor a terminal nobody is there: a shell gives `/dev/null` to what it
 * starts in the background. Then it never ends.
 */
function listenToInput(
  answer: (line: string) => Promise<object>,
  output: Output,
): Disposable & { ended: Promise<string> } {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  if (!isSomebodyThere()) return { ended, [Symbol.dispose]() {} };
  const lines = createInterface({ input: process.stdin });
  let answered = Promise.resolve();
  lines.on("line", (line) => {
    answered = answered
      .then(() => answer(line.trim()))
      .catch((error: unknown) => ({ error: String(error) }))
      .then((said) => output.print(JSON.stringify(said)));
  });
  lines.on("close", () => resolve("end of standard input"));
  return {
    ended,
    [Symbol.dispose]() {
      lines.close();
      process.stdin.destroy();
    },
  };
}

function isSomebodyThere(): boolean {
  if (process.stdin.isTTY) return true;
  const input = fstatSync(0);
  return input.isFIFO() || input.isSocket();
}

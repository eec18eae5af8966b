import { type App, createApp } from "../app.ts";
import { runUntilStopped } from "../cli/run-until-stopped.ts";
import { listenForSignals } from "../cli/signals.ts";
import { type Config, parseConfig } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";
import { siteIdOf, websiteIdOf } from "../domain/site.ts";
import { createLogger } from "../lib/log.ts";
import { answerInput } from "./answer-input.ts";
import { toTestSettings } from "./settings.ts";

export interface TestServerOptions {
  /** Settings by their variables; those of the environment are meant for the real server. */
  readonly said: Environment;
  /** Writes a line of what programs read. */
  readonly print: (line: string) => void;
  /** Ends the process without waiting for anything. */
  readonly exitNow: (code: number) => void;
  /** An error of the start, as a person needs it. */
  readonly explain?: (config: Config, error: unknown) => unknown;
}

/**
 * Starts a server with a temporary database, prints what a test needs to know of it, and runs until
 * standard input ends or a signal comes.
 *
 * @returns the exit code.
 */
export async function runTestServer({ said, print, exitNow, explain }: TestServerOptions): Promise<number> {
  const config = parseConfig(toTestSettings(said));
  const log = createLogger(config.logLevel);
  using signals = listenForSignals(exitNow);
  const app = await createApp(config, { log }).catch((error: unknown) => {
    throw explain ? explain(config, error) : error;
  });
  print(JSON.stringify(factsOf(app, config)));
  using input = answerInput((line) => obey(line, app), print);
  const first = Promise.race([signals.first, input.ended]);
  return await runUntilStopped(app, { signals: { ...signals, first }, log, exitNow });
}

/** What a test needs to know. */
function factsOf(app: App, config: Config) {
  const { site, adminKey } = app.defaults;
  return {
    url: app.url.origin,
    trackingCode: site.trackingCode,
    siteKey: site.siteKey,
    key: adminKey ?? config.adminKey,
    websiteId: websiteIdOf(site),
    siteId: siteIdOf(site),
    programId: site.id,
    scope: site.scope,
  };
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

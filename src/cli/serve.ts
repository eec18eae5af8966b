import { Command } from "commander";
import type { App } from "../app.ts";
import { type Config, parseConfig } from "../config/config.ts";
import { hideCredentials } from "../config/config-error.ts";
import { type Environment, findUnknownSettings } from "../config/settings.ts";
import { systemClock } from "../lib/clock.ts";
import { createLogger, type Logger } from "../lib/log.ts";
import { version } from "../version.ts";
import { formatBanner } from "./banner.ts";
import { boundHeap } from "./bound-heap.ts";
import { addressOf, explainListening } from "./listening.ts";
import { reachableUrl } from "./loopback.ts";
import type { Output } from "./output.ts";
import { runUntilStopped } from "./run-until-stopped.ts";
import { addSettingFlags, type Flags, withFlags } from "./setting-flags.ts";
import { listenForSignals } from "./signals.ts";

export function createServeCommand(deps: {
  environment: Environment;
  output: Output;
  /** Ends the process without waiting for anything. */
  exitNow: (code: number) => void;
  onExitCode: (code: number) => void;
}): Command {
  const { environment, output, exitNow, onExitCode } = deps;

  async function run(flags: Flags): Promise<void> {
    const env = withFlags(environment, flags);
    const config = parseConfig(env);
    const log = createLogger(config.logLevel);
    boundHeap(log);
    warnOfUnknownSettings(env, log);
    const startedAt = systemClock.now();
    // Before anything is opened: a signal during the start is a wish for an orderly end, too.
    using signals = listenForSignals(exitNow);
    const app = await start(config, log);
    output.print(describe(app, config, startedAt));
    onExitCode(await runUntilStopped(app, { signals, log, exitNow }));
  }

  return addSettingFlags(new Command("serve").description("collect and answer until stopped (the default)")).action(
    run,
  );
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

function describe(app: App, config: Config, startedAt: number): string {
  const port = Number(app.url.port || "80");
  const { site, adminKey } = app.defaults;
  return formatBanner({
    version,
    url: reachableUrl(config.host, port),
    listens: `http://${addressOf(config.host, port)}`,
    database: describeDatabase(config),
    isFirstStart: adminKey !== null || site.createdAt >= startedAt,
    adminKey,
  });
}

function describeDatabase(config: Config): string {
  if (config.isEphemeral) return "a temporary file, gone at exit";
  return config.database.kind === "file" ? config.database.path : hideCredentials(config.database.url);
}

function warnOfUnknownSettings(env: Environment, log: Logger): void {
  const unknown = findUnknownSettings(env);
  if (unknown.length === 0) return;
  const hints = unknown.map(({ variable, nearest }) => (nearest ? `${variable} (${nearest}?)` : variable));
  log.warn({ unknown }, `settings that this release does not know: ${hints.join(", ")}`);
}

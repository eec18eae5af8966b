import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ADMIN_KEY, BINARY, type ServerProcess, spawnServer } from "../../support/server.ts";

/** From the spawn to the first answer of `/ready`; a restart that takes longer has failed. */
export const READY_WITHIN_MS = 10_000;

export interface StartedServer extends ServerProcess {
  /** How long it took to be ready. */
  readonly readyMs: number;
  /** The code of the site that every database has. */
  readonly trackingCode: string;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Record<string, string>;
  /** Runs the server under another program, such as a tracer. */
  readonly under?: readonly string[];
  /** Where it has to be ready in; a tracer slows it down. */
  readonly readyWithinMs?: number;
}

/**
 * What these tests start: the compiled binary, or what `FOOTFALL_CRASH_SERVER` says
 * (`bun src/main.ts serve`), its words separated by blanks.
 */
export function serverCommand(): readonly string[] {
  const given = process.env.FOOTFALL_CRASH_SERVER;
  // The server is started in another folder than the tests.
  if (given) return given.split(" ").map((word) => (existsSync(word) ? resolve(word) : word));
  if (!existsSync(BINARY)) throw new Error('dist/footfall is missing: run "bun run build" first');
  return [BINARY, "serve"];
}

/** The settings of a server that is started without {@link startServer}. */
export function serverEnvironment(database: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    FOOTFALL_DATABASE_URL: `file:${database}`,
    FOOTFALL_ADMIN_KEY: ADMIN_KEY,
    FOOTFALL_PORT: "0",
    FOOTFALL_LOG_LEVEL: "warn",
  };
}

/** Starts a server on a database file and waits until it is ready. */
export async function startServer(database: string, options: StartOptions = {}): Promise<StartedServer> {
  const startedAt = performance.now();
  const server = await spawnServer({
    command: [...(options.under ?? []), ...serverCommand()],
    database,
    cwd: dirname(database),
    ...(options.env ? { env: options.env } : {}),
  });
  await waitUntil("the server is ready", options.readyWithinMs ?? READY_WITHIN_MS, async () => {
    const ready = await server.request("/ready");
    await ready.text();
    return ready.ok;
  });
  const readyMs = performance.now() - startedAt;
  const websites = await server.request("/api/v1/websites");
  const {
    websites: [first],
  } = (await websites.json()) as { websites: { trackingCode: string }[] };
  if (!first) throw new Error("The server has no site");
  const kill = async () => {
    server.process.kill("SIGKILL");
    await server.process.exited;
  };
  return { ...server, readyMs, trackingCode: first.trackingCode, kill };
}

/** Begins a start and kills it after some ms, wherever it is then. */
export async function spawnAndKill(database: string, afterMs: number): Promise<void> {
  const server = Bun.spawn([...serverCommand()], {
    cwd: dirname(database),
    env: serverEnvironment(database),
    stdio: ["ignore", "ignore", "ignore"],
  });
  await Bun.sleep(afterMs);
  server.kill("SIGKILL");
  await server.exited;
}

const POLL_EVERY_MS = 5;

/** Puts a proxy in front of a server that answers before anything is stored: what tests must find out. */
export async function startHastyProxy(server: StartedServer): Promise<StartedServer> {
  const proxy = await spawnServer({
    command: [process.execPath, join(import.meta.dir, "hasty-proxy.ts"), server.url],
    database: server.database,
    cwd: dirname(server.database),
  });
  const end = async (stop: () => Promise<void>) => {
    proxy.process.kill("SIGKILL");
    await Promise.all([proxy.process.exited, stop()]);
  };
  return {
    ...server,
    url: proxy.url,
    request: proxy.request,
    kill: () => end(server.kill),
    stop: () => end(server.stop),
  };
}

/** Polls until `isTrue`; fails when that takes longer than it may. */
export async function waitUntil(
  what: string,
  withinMs: number,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const expiresAt = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > expiresAt) throw new Error(`Waited ${withinMs} ms in vain until ${what}`);
    await Bun.sleep(POLL_EVERY_MS);
  }
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: Bun.Subprocess["signalCode"];
  /** From the call to the end. */
  readonly ms: number;
}

/** Waits for a process to end by itself; kills it when that takes longer than it may. */
export async function exitOf(process: Bun.Subprocess, withinMs: number): Promise<Exit> {
  const startedAt = performance.now();
  const killer = setTimeout(() => process.kill("SIGKILL"), withinMs);
  await process.exited;
  clearTimeout(killer);
  return { code: process.exitCode, signal: process.signalCode, ms: performance.now() - startedAt };
}

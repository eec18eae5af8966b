import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A server under measurement, in a process of its own. */
export interface MeasuredServer extends AsyncDisposable {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  /** Start to listening, in ms. */
  readonly startMs: number;
}

export const ROOT = join(import.meta.dir, "..");
export const KEY = "benchmark-admin-key-0123456789abcdef";
export const BINARY = join(ROOT, "dist", "footfall");

async function start(name: string, command: string[], env: Record<string, string>): Promise<MeasuredServer> {
  const startedAt = performance.now();
  const child = Bun.spawn(command, { cwd: ROOT, env: { PATH: process.env.PATH ?? "", ...env }, stderr: "inherit" });
  const origin = await firstOrigin(child.stdout);
  return {
    name,
    origin,
    pid: child.pid,
    startMs: performance.now() - startedAt,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

async function firstOrigin(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    const origin = /http:\/\/[^\s/]+:\d+/.exec(text)?.[0];
    if (origin !== undefined) return origin;
  }
  throw new Error(`The server ended before it listened:\n${text}`);
}

export const startBunFloor = () => start("floor: Bun.serve, no storage", ["bun", "bench/floor-bun.ts"], {});
export const startElysiaFloor = () =>
  start("floor: Elysia + validation, no storage", ["bun", "bench/floor-elysia.ts"], {});

/** A database file of its own, gone at the end. */
export interface BenchDatabase extends Disposable {
  readonly path: string;
  /** Of every command on it: the durability is the default, said here because the targets are about it. */
  readonly env: Record<string, string>;
  /** Without its log. */
  bytes(): number;
}

export function createDatabase(settings: Record<string, string> = {}): BenchDatabase {
  const folder = mkdtempSync(join(tmpdir(), "footfall-bench-"));
  const path = join(folder, "footfall.db");
  return {
    path,
    env: {
      FOOTFALL_DATABASE_URL: `file:${path}`,
      FOOTFALL_ADMIN_KEY: KEY,
      FOOTFALL_PORT: "0",
      FOOTFALL_LOG_LEVEL: "warn",
      FOOTFALL_DURABILITY: "full",
      ...settings,
    },
    bytes: () => statSync(path).size,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The compiled binary. @param settings of this start alone. */
export const startFootfall = ({ env }: BenchDatabase, settings: Record<string, string> = {}): Promise<MeasuredServer> =>
  start("Footfall", [BINARY, "serve"], { ...env, ...settings });

/** Runs a command of the binary on the database. @returns what it printed, and how long it took, in ms. */
export async function runCommand({ env }: BenchDatabase, args: readonly string[], input?: Blob) {
  const startedAt = performance.now();
  const child = Bun.spawn([BINARY, ...args], { env, stdin: input ?? "ignore", stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`footfall ${args.join(" ")} failed:\n${output}`);
  return { output, ms: performance.now() - startedAt };
}

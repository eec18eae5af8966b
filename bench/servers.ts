import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A server under measurement, in a process of its own. */
export interface MeasuredServer extends AsyncDisposable {
  readonly name: string;
  readonly origin: string;
  /** Start to first answer, in ms. */
  readonly startMs: number;
  /** Resident memory now, in MiB. */
  memory(): number;
  /** Bytes of the database, without its log; 0 for a floor. */
  databaseBytes(): number;
}

const ROOT = join(import.meta.dir, "..");
export const KEY = "benchmark-admin-key-0123456789abcdef";

async function start(name: string, command: string[], env: Record<string, string>, database: string | null) {
  const startedAt = performance.now();
  const child = Bun.spawn(command, { cwd: ROOT, env: { PATH: process.env.PATH ?? "", ...env }, stderr: "inherit" });
  const origin = await firstOrigin(child.stdout);
  const server: MeasuredServer = {
    name,
    origin,
    startMs: performance.now() - startedAt,
    memory: () => residentMiB(child.pid),
    databaseBytes: () => (database === null ? 0 : statSync(database).size),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
  return server;
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

function residentMiB(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]);
  return Number(stdout.toString()) / 1024;
}

export const startBunFloor = () => start("floor: Bun.serve, no storage", ["bun", "bench/floor-bun.ts"], {}, null);
export const startElysiaFloor = () =>
  start("floor: Elysia + validation, no storage", ["bun", "bench/floor-elysia.ts"], {}, null);

/** The compiled binary on a database file, with `FOOTFALL_DURABILITY=full`. */
export function startFootfallOn(database: string, more: Record<string, string> = {}): Promise<MeasuredServer> {
  const env = {
    FOOTFALL_DATABASE_URL: `file:${database}`,
    FOOTFALL_ADMIN_KEY: KEY,
    FOOTFALL_PORT: "0",
    FOOTFALL_LOG_LEVEL: "warn",
    FOOTFALL_DURABILITY: "full",
    ...more,
  };
  return start("Footfall", [join(ROOT, "dist", "footfall"), "serve"], env, database);
}

/** The same on an empty database that goes with it. */
export async function startFootfall(): Promise<MeasuredServer> {
  const folder = mkdtempSync(join(tmpdir(), "footfall-bench-"));
  const server = await startFootfallOn(join(folder, "footfall.db"));
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

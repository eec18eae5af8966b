import { afterAll, beforeAll, describe } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, type AppOverrides, createApp } from "../../src/app.ts";
import { type Config, parseConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/lib/log.ts";
import { startSqld } from "./sqld.ts";

export type RequestOptions = RequestInit & {
  /** The admin key when left out; null: no key. */
  readonly key?: string | null;
  /** Sent as the body, with its Content-Type. */
  readonly json?: unknown;
};

/** A running server, whatever it was started from. */
export interface TestServer extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly adminKey: string;
  /** The database file. */
  readonly database: string;
  /** `fetch` on a path: POST where there is a body, else GET. */
  request(path: string, options?: RequestOptions): Promise<Response>;
  stop(): Promise<void>;
}

export const ADMIN_KEY = "test-admin-key-0123456789abcdefghijkl";

export interface StartOptions {
  /** The database file; a new one in a folder that is removed at the end when left out. */
  readonly database?: string;
  readonly overrides?: AppOverrides;
  readonly config?: Partial<Config>;
}

/** How a server is started: the contract suites run once for each. */
export interface Target {
  readonly name: string;
  start(options?: Pick<StartOptions, "database"> & { env?: Record<string, string> }): Promise<TestServer>;
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "footfall-test-"));
}

function connect(parts: Pick<TestServer, "url" | "database" | "stop">, adminKey = ADMIN_KEY): TestServer {
  return {
    ...parts,
    adminKey,
    request(path, { key = adminKey, json, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (key !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
      if (json !== undefined) headers.set("content-type", "application/json");
      const body = json === undefined ? init.body : JSON.stringify(json);
      const method = init.method ?? (body === undefined || body === null ? "GET" : "POST");
      return fetch(parts.url + path, { ...init, method, headers, ...(body === undefined ? {} : { body }) });
    },
    [Symbol.asyncDispose]: parts.stop,
  };
}

/** The app inside the test process: its jobs can be run. */
export interface TestApp extends TestServer {
  readonly runJob: App["runJob"];
}

/** Starts the app in this process, on a free port. */
export async function startApp(options: StartOptions = {}): Promise<TestApp> {
  const folder = options.database === undefined ? await temporaryFolder() : null;
  const database = options.database ?? join(folder ?? "", "footfall.db");
  const app = await createApp(
    {
      ...parseConfig({}),
      database: { kind: "file", path: database },
      port: 0,
      adminKey: ADMIN_KEY,
      logLevel: "silent",
      ...options.config,
    },
    { log: createLogger("silent"), ...options.overrides },
  );
  const server = connect({
    url: app.url.origin,
    database,
    stop: async () => {
      await app.stop();
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  });
  return { ...server, runJob: app.runJob };
}

const ROOT = join(import.meta.dir, "..", "..");
export const BINARY = join(ROOT, "dist", "footfall");

/** A server in a process of its own. */
export interface ServerProcess extends TestServer {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** All that it has written to standard error so far; after `stop`, all of it. */
  stderr(): string;
}

export interface SpawnOptions {
  readonly command: readonly string[];
  readonly database: string;
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

/** Starts a server process and waits until it listens. */
export async function spawnServer(options: SpawnOptions): Promise<ServerProcess> {
  const child = Bun.spawn([...options.command], {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH ?? "",
      FOOTFALL_DATABASE_URL: `file:${options.database}`,
      FOOTFALL_ADMIN_KEY: ADMIN_KEY,
      FOOTFALL_PORT: "0",
      FOOTFALL_LOG_LEVEL: "warn",
      ...options.env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let errors = "";
  const readErrors = (async () => {
    for await (const chunk of child.stderr) errors += new TextDecoder().decode(chunk);
  })();
  const url = await firstUrl(child.stdout);
  if (url === null) {
    await readErrors;
    throw new Error(`The server did not start (exit code ${await child.exited}): ${errors}`);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
    await readErrors;
  };
  return { ...connect({ url, database: options.database, stop }), process: child, stderr: () => errors };
}

/** The address that the server prints, null when its output ends before. The rest is read and dropped. */
async function firstUrl(output: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = "";
  const reader = output.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return null;
    text += new TextDecoder().decode(value);
    const url = /https?:\/\/[^\s/]+:\d+(?=[\s/])/.exec(text)?.[0];
    if (url !== undefined) {
      void drain(reader);
      return url;
    }
  }
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

/** The app inside the test process. */
export const SOURCE: Target = { name: "source", start: (options) => startApp(options) };

/** The compiled binary, alone in an empty folder. */
export const COMPILED: Target = {
  name: "binary",
  async start(options = {}) {
    if (!existsSync(BINARY)) throw new Error('dist/footfall is missing: run "bun run build" first');
    const folder = await temporaryFolder();
    const copy = join(folder, "footfall");
    await Bun.write(copy, Bun.file(BINARY));
    Bun.spawnSync(["chmod", "+x", copy]);
    const database = options.database ?? join(folder, "data", "footfall.db");
    const server = await spawnServer({ command: [copy, "serve"], database, cwd: folder, env: options.env ?? {} });
    const stop = async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...server, stop, [Symbol.asyncDispose]: stop };
  },
};

/** The app inside the test process, its events on a libSQL server. */
function onDatabaseServer(name: string, hasReplica: boolean): Target {
  return {
    name,
    async start({ database } = {}) {
      const servers = new AsyncDisposableStack();
      const primary = servers.use(await startSqld(database === undefined ? {} : { folder: `${database}.sqld` }));
      const replica = hasReplica ? servers.use(await startSqld({ replicaOf: primary })) : null;
      const config = { database: { kind: "remote", url: primary.url }, replicaUrl: replica?.url ?? null } as const;
      const server = await startApp({ database: primary.url, config });
      const stop = async () => {
        await server.stop();
        await servers.disposeAsync();
      };
      return { ...server, stop, [Symbol.asyncDispose]: stop };
    },
  };
}

export const ON_SERVER = onDatabaseServer("source, on a libSQL server", false);
export const ON_REPLICATED_SERVER = onDatabaseServer("source, on a libSQL server with a replica", true);

export const TARGETS: readonly Target[] = [SOURCE, COMPILED];

/** Those whose answers must not depend on where the events are. */
const ALL_TARGETS: readonly Target[] = [...TARGETS, ON_SERVER, ON_REPLICATED_SERVER];

/** Those that run queries which callers wrote. */
const QUERY_TARGETS: readonly Target[] = [...TARGETS, ON_REPLICATED_SERVER];

/** Starts a server before the tests of a `describe` block and stops it after them. */
export function useServer(start: () => Promise<TestServer>): () => TestServer {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server?.stop();
  });
  return () => {
    if (!server) throw new Error("The server runs only while the tests do");
    return server;
  };
}

/** The tests of a contract, once for every way to start the server, and for every place of its events. */
export function onEveryTarget(define: (server: () => TestServer, target: Target) => void): void {
  onTargets(ALL_TARGETS, define);
}

/** The same, where lists of an API are queries which callers wrote. */
export function onEveryQueryTarget(define: (server: () => TestServer, target: Target) => void): void {
  onTargets(QUERY_TARGETS, define);
}

function onTargets(targets: readonly Target[], define: (server: () => TestServer, target: Target) => void): void {
  for (const target of targets) {
    describe(target.name, () =>
      define(
        useServer(() => target.start()),
        target,
      ),
    );
  }
}

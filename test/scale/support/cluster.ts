import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type StartedServer, startServer } from "../../crash/support/server.ts";
import { temporaryFolder } from "../../support/server.ts";
import { type Sqld, startSqld } from "../../support/sqld.ts";

/** Instances of Footfall, each a process of its own, on one libSQL server and its replica. */
export interface Cluster extends AsyncDisposable {
  readonly primary: Sqld;
  /** The primary itself where there is none. */
  readonly replica: Sqld;
  /** One for each place; another process after {@link restart}. */
  readonly instances: readonly StartedServer[];
  /** Starts one more instance beside those. */
  start(env?: Record<string, string>): Promise<StartedServer>;
  /** Starts an instance in the place of one that was killed. */
  restart(place: number): Promise<void>;
  /** SIGTERM to all instances, and waits for their end; the servers go on. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly instances: number;
  /** Whether the server has a replica, which the instances read from. */
  readonly hasReplica?: boolean;
  /** What stands in front of each instance, or replaces it. */
  readonly dress?: (instance: StartedServer) => Promise<StartedServer>;
}

/** All instances are started at the same moment, on an empty server. */
export async function startCluster({ instances: count, hasReplica = true, dress }: ClusterOptions): Promise<Cluster> {
  const stack = new AsyncDisposableStack();
  const folder = await temporaryFolder();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const primary = stack.use(await startSqld());
  const replica = hasReplica ? stack.use(await startSqld({ replicaOf: primary })) : primary;

  async function start(env: Record<string, string> = {}): Promise<StartedServer> {
    const servers = {
      FOOTFALL_DATABASE_URL: primary.url,
      ...(hasReplica ? { FOOTFALL_REPLICA_URL: replica.url } : {}),
    };
    const instance = await startServer(join(folder, "none.db"), { env: { ...servers, ...env } });
    const dressed = dress ? await dress(instance) : instance;
    stack.defer(() => dressed.kill());
    return dressed;
  }

  try {
    const instances = await Promise.all(Array.from({ length: count }, () => start()));
    return {
      primary,
      replica,
      instances,
      start,
      async restart(place) {
        instances[place] = await start();
      },
      async stop() {
        await Promise.all(instances.map((instance) => instance.stop()));
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

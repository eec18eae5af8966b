import type { Ledger } from "../../crash/support/ledger.ts";
import type { Random } from "../../crash/support/random.ts";
import { applyLoad, type Operation } from "../../crash/support/workload.ts";
import type { Cluster } from "./cluster.ts";

export interface ClusterLoad {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly clients: number;
  readonly operations?: readonly Operation[];
  readonly until: AbortSignal;
}

/** After a connection that was refused or broke, before the next one. */
const PAUSE_MS = 20;

/** While the database is away; each says when to try again. */
const REFUSALS = [503];

/**
 * Uses all instances from many clients. Each goes on with another instance when its own is gone, as
 * behind a proxy, and heeds no other's state.
 */
export async function applyClusterLoad(load: ClusterLoad): Promise<void> {
  const { cluster, ledger, random, clients, operations, until } = load;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const chooser = random.fork();
      while (!until.aborted) {
        const instance = chooser.pick(cluster.instances);
        if (!instance) throw new Error("There is no instance");
        const { url, trackingCode } = instance;
        const { broken } = await applyLoad({
          url,
          trackingCode,
          ledger,
          random: chooser,
          writers: 1,
          refusals: REFUSALS,
          until,
          ...(operations ? { operations } : {}),
        });
        if (broken.length > 0) await Bun.sleep(PAUSE_MS);
      }
    }),
  );
}

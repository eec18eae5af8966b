import { availableParallelism } from "node:os";
import { lowerPriority } from "./native-threads.ts";
import type { Hold } from "./places.ts";
import { createReadPool, type ReadPool } from "./read-pool.ts";

const MAX_WAITING_READS = 64;
const MAX_WAITING_QUERIES = 64;

export interface Pools {
  readonly reads: ReadPool;
  readonly queries: ReadPool;
  /** Lets all reads that come wait until none runs any more: see `Places.holdAll`. */
  hold(hold: Hold): Promise<Disposable | null>;
  /** Stops what runs in both. */
  close(): Promise<void>;
}

export interface PoolDeadlines {
  readonly readDeadlineMs: number;
  /** As long as a read where it is not said. */
  readonly queryDeadlineMs?: number;
}

/**
 * Reads that no index bounds, and queries that callers wrote. Apart, so that queries which take all
 * the time that they may get do not hold up a list.
 *
 * Must be called after the first database is opened.
 */
export function openPools(path: string, deadlines: PoolDeadlines): Pools {
  lowerPriority();
  const { readDeadlineMs, queryDeadlineMs = readDeadlineMs } = deadlines;
  const connections = availableParallelism();
  const reads = createReadPool({ path, connections, maxWaiting: MAX_WAITING_READS, deadlineMs: readDeadlineMs });
  const queries = createReadPool({
    path,
    connections,
    maxWaiting: MAX_WAITING_QUERIES,
    deadlineMs: queryDeadlineMs,
    spills: true,
  });
  return {
    reads,
    queries,
    async hold(hold) {
      const holds = await Promise.all([reads.hold(hold), queries.hold(hold)]);
      using held = new DisposableStack();
      for (const each of holds) held.use(each);
      if (holds.includes(null)) return null;
      return held.move();
    },
    async close() {
      await Promise.all([reads.close(), queries.close()]);
    },
  };
}

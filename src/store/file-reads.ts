import type { Client } from "@libsql/client";
import { readConfigVersion } from "./config-version.ts";
import { type Durability, openClient } from "./database.ts";
import type { ReadCell } from "./event-reader.ts";
import { openPools, type PoolDeadlines } from "./open-pools.ts";
import { answerOf } from "./read-failure.ts";
import type { Cell } from "./read-pool.ts";
import type { Reads } from "./reads.ts";

/** Reads a database file: what is short on the main thread, all else in threads that can be stopped. */
export function openFileReads(
  options: PoolDeadlines & { path: string; durability: Durability },
  cleanup: AsyncDisposableStack,
): Reads {
  const { path, durability } = options;
  const client = openClient({ kind: "file", path }, { role: "reader", durability });
  cleanup.defer(() => client.close());
  const pools = openPools(path, options);
  cleanup.defer(() => pools.close());
  return {
    client,
    lookups: client,
    bounded: createLocalReads(client),
    unbounded: pools.reads.query,
    userWritten: pools.queries.query,
    hold: pools.hold,
    configVersion: () => readConfigVersion(client),
    async ping() {
      await answerOf(client.execute("SELECT 1"));
      return "ready";
    },
    awayMs: () => 0,
    watching: (writer) => writer,
  };
}

/** Reads on the main thread: one cell each, and short. */
function createLocalReads(client: Client): ReadCell {
  return async (sql, args) => {
    const { rows } = await client.execute({ sql, args: [...args] });
    return (rows[0]?.[0] ?? null) as Cell;
  };
}

import type { Client } from "@libsql/client";
import { createPlaces } from "./places.ts";
import { answerOf } from "./read-failure.ts";
import type { Cell, SqlValue } from "./read-pool.ts";

/** One read: the first row of what a statement selects, empty where there is none. */
export type ReadRow = (sql: string, args: readonly SqlValue[]) => Promise<readonly Cell[]>;

export interface RemoteReadsOptions {
  readonly client: Client;
  /** How many may be under way at the same time. */
  readonly atOnce: number;
  /** How many may wait for that. */
  readonly maxWaiting: number;
  /** How long one may wait, in ms; how long it then may take is the client's to say. */
  readonly waitMs: number;
}

/**
 * Reads of a libSQL server. At its time the client's request is given up, and the server stops the
 * statement when it sees the connection end.
 *
 * @throws from each read: `overloaded` when too many wait or the server does not answer,
 *   `deadline_exceeded` when it waits or takes too long. One that comes of the server has a cause.
 */
export function createRemoteReads({ client, atOnce, maxWaiting, waitMs }: RemoteReadsOptions): ReadRow {
  const places = createPlaces(atOnce, maxWaiting);
  return async (sql, args) => {
    await places.take(performance.now() + waitMs);
    try {
      const { rows, columns } = await answerOf(client.execute({ sql, args: [...args] }));
      const [row] = rows;
      return row ? columns.map((_, position) => row[position] as Cell) : [];
    } finally {
      places.giveBack();
    }
  };
}

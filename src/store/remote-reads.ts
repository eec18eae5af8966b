import type { Client } from "@libsql/client";
import { createPlaces, type PlacesOptions } from "./places.ts";
import { answerOf } from "./read-failure.ts";
import type { Cell, SqlValue } from "./read-pool.ts";

/** One read: the first row of what a statement selects, empty where there is none. */
export type ReadRow = (sql: string, args: readonly SqlValue[]) => Promise<readonly Cell[]>;

/** How many may be under way at the same time, and wait for that; how long one then may take is the client's to say. */
export interface RemoteReadsOptions extends PlacesOptions {
  readonly client: Client;
}

/**
 * Reads of a libSQL server. At its time the client's request is given up, and the server stops the
 * statement when it sees the connection end.
 *
 * @throws from each read: `overloaded` when too many wait or one waits too long, or the server does not
 *   answer, `deadline_exceeded` when it takes too long. One that comes of the server has a cause.
 */
export function createRemoteReads({ client, ...options }: RemoteReadsOptions): ReadRow {
  const places = createPlaces(options);
  return async (sql, args) => {
    await places.take();
    try {
      const { rows, columns } = await answerOf(client.execute({ sql, args: [...args] }));
      const [row] = rows;
      return row ? columns.map((_, position) => row[position] as Cell) : [];
    } finally {
      places.giveBack();
    }
  };
}

import type { Client } from "@libsql/client";
import type { ReadCell } from "./event-reader.ts";
import { answerOf } from "./read-failure.ts";
import type { Cell, SqlValue } from "./read-pool.ts";
import { overloaded } from "./write-failure.ts";

/** One read: the first row of what a statement selects, empty where there is none. */
export type ReadRow = (sql: string, args: readonly SqlValue[]) => Promise<readonly Cell[]>;

/**
 * Reads of a libSQL server. At its time the client's request is given up, and the server stops the
 * statement when it sees the connection end.
 *
 * @throws from each read: `overloaded` when the server does not answer, `deadline_exceeded` when it
 *   takes too long.
 */
export function createRemoteReads(client: Client): ReadRow {
  return async (sql, args) => {
    const { rows, columns } = await answerOf(client.execute({ sql, args: [...args] }));
    const [row] = rows;
    return row ? columns.map((_, position) => row[position] as Cell) : [];
  };
}

/** The client itself would let any number wait. */
const MAX_READS = 1_000;

/** The same read, refused while too many are under way. */
export function limitReads(read: ReadCell): ReadCell {
  let underWay = 0;
  return async (sql, args, hints) => {
    if (underWay >= MAX_READS) throw overloaded("Too many reads are waiting");
    underWay += 1;
    try {
      return await read(sql, args, hints);
    } finally {
      underWay -= 1;
    }
  };
}

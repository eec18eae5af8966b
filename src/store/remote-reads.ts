import type { Client } from "@libsql/client";
import type { ReadCell } from "./event-reader.ts";
import { answerOf } from "./read-failure.ts";
import { overloaded } from "./write-failure.ts";

/** The client itself would let any number wait. */
const MAX_READS = 1_000;

/**
 * Reads of a libSQL server: one cell each. What runs there cannot be interrupted; the client's
 * request gives up after its time.
 *
 * @throws from each read: `overloaded` when too many are under way or the server does not answer,
 *   `deadline_exceeded` when it takes too long.
 */
export function createRemoteReads(client: Client): ReadCell {
  let underWay = 0;
  return async (sql, args) => {
    if (underWay >= MAX_READS) throw overloaded("Too many reads are waiting");
    underWay += 1;
    try {
      const { rows } = await answerOf(client.execute({ sql, args: [...args] }));
      return (rows[0]?.[0] ?? null) as string | number | null;
    } finally {
      underWay -= 1;
    }
  };
}

import type { ReadCell } from "./event-reader.ts";
import type { ReplicaFreshness } from "./replica-freshness.ts";
import { guarded } from "./replica-marks.ts";
import type { ReadServer } from "./replicated-reads.ts";
import { away, overloaded } from "./write-failure.ts";

/** How long a replica may take to get what this process has stored and deleted. */
const CAUGHT_UP_WITHIN_MS = 3_000;
const PAUSE_MS = 20;

/**
 * Reads that somebody else has thought up, on the replica alone: whatever they do there, the primary goes on
 * storing. So they wait for the replica until it has what this process has confirmed, and no deletion that this
 * process knows of is missing there.
 *
 * @throws from each read: `overloaded` where the replica is away, or stays behind.
 */
export function createUserReads({ read, health }: ReadServer, freshness: ReplicaFreshness): ReadCell {
  return async (sql, args) => {
    if (health.isAway()) throw away();
    const statement = guarded(sql, args, await freshness.requiredForAll());
    const until = performance.now() + CAUGHT_UP_WITHIN_MS;
    for (;;) {
      const [has, cell = null] = await read(statement.sql, statement.args);
      if (has === 1) return cell;
      if (performance.now() > until) throw overloaded("The replica of the database is behind");
      await Bun.sleep(PAUSE_MS);
    }
  };
}

import { AppError } from "../domain/errors.ts";
import type { ReadCell } from "./event-reader.ts";
import { isSlow, isTooLarge } from "./read-failure.ts";
import type { Cell } from "./read-pool.ts";
import type { ReadRow } from "./remote-reads.ts";
import type { ReplicaFreshness } from "./replica-freshness.ts";
import { guarded } from "./replica-marks.ts";
import type { ServerHealth } from "./server-health.ts";
import { away } from "./write-failure.ts";

/** A primary that has been away for so long is not asked for what the replica lacks. */
const GIVEN_UP_AFTER_MS = 5_000;

/** A libSQL server that can be asked. */
export interface ReadServer {
  readonly health: ServerHealth;
  readonly read: ReadRow;
}

export interface ReplicatedReadsOptions {
  readonly primary: ReadServer;
  readonly replica: ReadServer;
  readonly freshness: ReplicaFreshness;
  /** Whether a read that got no answer in time is tried on the other server: not if it may just be a long one. */
  readonly retriesSlow: boolean;
}

/**
 * Reads of two servers. Those about some sites' events go to the replica, unless it lacks what this
 * process has stored of them; all others go to the primary. While one of the servers does not
 * answer, what allows it goes to the other: what a deletion goes by must be the database's own.
 */
export function createReplicatedReads({ primary, replica, freshness, retriesSlow }: ReplicatedReadsOptions): ReadCell {
  const isNoAnswer = (error: unknown): boolean =>
    (error instanceof AppError && error.code === "overloaded") || (retriesSlow && isSlow(error));

  /** @throws what the read throws; a server that cannot be reached is taken for away until it answers. */
  async function ask({ read, health }: ReadServer, ...[sql, args]: Parameters<ReadRow>): Promise<readonly Cell[]> {
    try {
      return await read(sql, args);
    } catch (error) {
      // What has only waited in this process says nothing about the server; a slow answer, too little.
      if (isNoAnswer(error) && !isSlow(error) && (error as AppError).cause !== undefined) health.failed(error);
      throw error;
    }
  }

  /** Null where the replica's answer does not count, or there is none. */
  async function askFreshReplica(
    siteIds: readonly number[],
    ...[sql, args]: Parameters<ReadRow>
  ): Promise<{ cell: Cell } | null> {
    const required = replica.health.isAway() ? null : freshness.requiredFor(siteIds);
    if (!required) return null;
    const statement = guarded(sql, args, required);
    try {
      const [has, cell = null] = await ask(replica, statement.sql, statement.args);
      return has === 1 ? { cell } : null;
    } catch (error) {
      if (isTooLarge(error) || (error instanceof AppError && !isNoAnswer(error))) throw error;
      // No answer, or none that makes sense: a replica that begins anew has no tables for a moment.
      return null;
    }
  }

  /** What the replica has, however old. That it has nothing does not say that there is nothing. */
  async function askAnyReplica(isExact: boolean, ...[sql, args]: Parameters<ReadRow>): Promise<Cell> {
    const [cell = null] = await ask(replica, sql, args).catch((error) => {
      // That an index bounds it means that it was not the read that took so long.
      const isOwn = error instanceof AppError && !(retriesSlow && isSlow(error));
      throw isOwn || isTooLarge(error) ? error : away(error);
    });
    if (cell === null && isExact) throw away();
    return cell;
  }

  /** A primary that just went away may be back: what the replica lacks is only to be had there. */
  function isWorthAsking(isExact: boolean): boolean {
    if (replica.health.isAway()) return true;
    return isExact ? !primary.health.isAway() : primary.health.awayMs() < GIVEN_UP_AFTER_MS;
  }

  return async (sql, args, hints) => {
    const { eventsOf, orOlder = false } = hints ?? {};
    if (!eventsOf && !orOlder) return (await ask(primary, sql, args))[0] ?? null;
    const fresh = eventsOf ? await askFreshReplica(eventsOf, sql, args) : null;
    if (fresh) return fresh.cell;
    const isExact = !eventsOf;
    if (isWorthAsking(isExact)) {
      try {
        const [cell = null] = await ask(primary, sql, args);
        return cell;
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
      }
    }
    return askAnyReplica(isExact, sql, args);
  };
}

import type { Clock } from "../lib/clock.ts";
import type { CarryOut } from "./carry-out.ts";
import { ANSWERED_WHEN_DONE, AT_ONCE, type Deletion, type DeletionFilter } from "./deletion.ts";
import type { DeletionStore } from "./deletion-ports.ts";
import { acceptedOf, assertFits } from "./deletion-room.ts";
import type { EventReader } from "./ports.ts";
import type { PurgeSchedule } from "./purge-schedule.ts";

export interface DeleteEventsRequest {
  readonly siteId: number;
  /** What the list would show with this filter, or those of up to 1,000 ids that it would show. */
  readonly which: { readonly filter: DeletionFilter } | { readonly ids: readonly number[] };
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
  readonly reason?: string | null;
  /** Only counts. */
  readonly dryRun?: boolean;
}

export interface DeletedEvents {
  /** How many: after a dry run, or of one that is still being carried out, how many it is about. */
  readonly events: number;
  /** Null after a dry run, and where there was nothing to delete. */
  readonly deletion: Deletion | null;
  /** Ms since 1970: when they are, or would be, removed for good. */
  readonly purgeAt: number;
  /** Ids of which there is no event to delete. */
  readonly missing: readonly number[];
}

/**
 * Deletes events of a site as one deletion, as a whole or not at all: nobody can read them any more, and they can be
 * restored until their purge.
 *
 * Up to 1,000 are marked at once. More are hidden from all readers at once, and marked afterwards, chunk by chunk: up to
 * 10,000 before the answer, unless others are ahead; more after it. `isUnderWay(deletion)` tells.
 *
 * @throws `too_many_pending_deletions` with `retryAfter` in seconds; `payload_too_large` for more than can ever wait;
 *   `overloaded` while a large deletion of the site is being restored, or too many are under way.
 */
export type DeleteEvents = (request: DeleteEventsRequest) => Promise<DeletedEvents>;

/** How long an answer waits for a deletion of up to 10,000 events, in ms, if others are ahead of it. */
export const WAIT_FOR_DONE_MS = 10_000;

export function createDeleteEvents(deps: {
  reader: EventReader;
  deletions: DeletionStore;
  carryOut: CarryOut;
  purgeSchedule: PurgeSchedule;
  clock: Clock;
  maxPendingDeletions: number;
  /** How many events are marked in one transaction; {@link AT_ONCE} when left out. */
  atOnce?: number;
}): DeleteEvents {
  const { reader, deletions, carryOut, purgeSchedule, clock, maxPendingDeletions: cap, atOnce = AT_ONCE } = deps;

  return async ({ siteId, which, by, reason = null, dryRun = false }) => {
    const nowMs = clock.now();
    const purgeAt = purgeSchedule.purgeAt(nowMs);
    const request = { siteId, filter: null, reason, by, nowMs, purgeAt };

    async function deleteIds(wanted: readonly number[]): Promise<DeletedEvents> {
      const ids = await deletions.visibleAmong(siteId, wanted);
      const found = new Set(ids);
      const missing = wanted.filter((id) => !found.has(id));
      if (dryRun || ids.length === 0) return { events: ids.length, deletion: null, purgeAt, missing };
      assertFits(ids.length, cap);
      const deletion = acceptedOf(await deletions.mark({ ...request, kind: "events" }, ids, cap), nowMs);
      return { events: deletion?.events ?? 0, deletion, purgeAt, missing };
    }

    async function deleteMatching(filter: DeletionFilter): Promise<DeletedEvents> {
      const wanted = { ...filter, siteId };
      if (dryRun) return { events: await reader.countEvents(wanted), deletion: null, purgeAt, missing: [] };
      const ofFilter = { ...request, kind: "filter", filter } as const;
      const ids = await deletions.findVisible(wanted, atOnce + 1);
      if (ids.length === 0) return { events: 0, deletion: null, purgeAt, missing: [] };
      if (ids.length > atOnce) return carryOutLater();
      assertFits(ids.length, cap);
      const deletion = acceptedOf(await deletions.mark(ofFilter, ids, cap), nowMs);
      return { events: deletion?.events ?? 0, deletion, purgeAt, missing: [] };

      async function carryOutLater(): Promise<DeletedEvents> {
        // Before the count: what comes in after it is neither counted nor deleted.
        const lastEventId = await deletions.largestEventId();
        const expected = await reader.countEvents(wanted, cap);
        assertFits(expected, cap);
        const large = { ...ofFilter, erases: false, lastEventId, expected };
        const accepted = acceptedOf(await deletions.accept(large, cap), nowMs);
        if (!accepted) throw new Error("A large deletion was neither accepted nor refused");
        carryOut.wake();
        const deletion =
          expected > ANSWERED_WHEN_DONE ? accepted : await carryOut.settled(accepted.id, WAIT_FOR_DONE_MS);
        return { events: deletion.state === "deleted" ? deletion.events : expected, deletion, purgeAt, missing: [] };
      }
    }

    return "ids" in which ? deleteIds(which.ids) : deleteMatching(which.filter);
  };
}

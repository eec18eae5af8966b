import type { Clock } from "../lib/clock.ts";
import type { CarryOut } from "./carry-out.ts";
import { type DeletedEvents, WAIT_FOR_DONE_MS } from "./delete-events.ts";
import { ANSWERED_WHEN_DONE, AT_ONCE } from "./deletion.ts";
import type { DeletionStore } from "./deletion-ports.ts";
import { acceptedOf } from "./deletion-room.ts";
import type { Reclaim } from "./reclaim.ts";

export interface EraseVisitorRequest {
  readonly siteId: number;
  readonly visitorId: string;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
  readonly reason?: string | null;
  /** Only counts. */
  readonly dryRun?: boolean;
}

/**
 * Removes every event of a visitor for good, at once and without a way back: those that can be seen, those that wait for
 * their purge, and test events. They do not count against the cap. `purgeAt` is now.
 *
 * Up to 1,000 are removed in one transaction. More are hidden at once and removed chunk by chunk, as in `DeleteEvents`.
 *
 * @throws `overloaded` while a large deletion of the site is being restored, or too many are under way.
 */
export type EraseVisitor = (request: EraseVisitorRequest) => Promise<DeletedEvents>;

export function createEraseVisitor(deps: {
  deletions: DeletionStore;
  carryOut: CarryOut;
  reclaim: Reclaim;
  clock: Clock;
  /** As for `createDeleteEvents`. */
  atOnce?: number;
}): EraseVisitor {
  const { deletions, carryOut, reclaim, clock, atOnce = AT_ONCE } = deps;
  return async ({ siteId, visitorId, by, reason = null, dryRun = false }) => {
    const nowMs = clock.now();
    const filter = { visitorId, includeTest: true };
    const wanted = { ...filter, siteId };
    const answer = { purgeAt: nowMs, missing: [], deletion: null };
    if (dryRun) return { ...answer, events: await deletions.countStored(wanted) };
    const ids = await deletions.findStored(wanted, atOnce + 1);
    if (ids.length === 0) return { ...answer, events: 0 };
    await reclaim.request();
    const request = { siteId, kind: "visitor", filter, reason, by, nowMs, purgeAt: nowMs } as const;
    if (ids.length <= atOnce) {
      const deletion = acceptedOf(await deletions.erase(request, ids), nowMs);
      return { ...answer, events: deletion?.events ?? 0, deletion };
    }
    const lastEventId = await deletions.largestEventId();
    const expected = await deletions.countStored(wanted);
    const accepted = acceptedOf(await deletions.accept({ ...request, erases: true, lastEventId, expected }, 0), nowMs);
    if (!accepted) throw new Error("A large erasure was neither accepted nor refused");
    carryOut.wake();
    const deletion = expected > ANSWERED_WHEN_DONE ? accepted : await carryOut.settled(accepted.id, WAIT_FOR_DONE_MS);
    return { ...answer, events: deletion.state === "purged" ? deletion.events : expected, deletion };
  };
}

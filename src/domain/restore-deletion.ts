import type { Clock } from "../lib/clock.ts";
import type { CarryOut } from "./carry-out.ts";
import { WAIT_FOR_DONE_MS } from "./delete-events.ts";
import { ANSWERED_WHEN_DONE, type Deletion, waitingOf } from "./deletion.ts";
import type { DeletionStore } from "./deletion-ports.ts";
import { beingCarriedOut } from "./deletion-room.ts";
import { AppError } from "./errors.ts";

export interface RestoreDeletionRequest {
  readonly id: number;
  /** Whether deletions of this site may be restored; of any other site there is no such deletion. */
  readonly isOwn: (siteId: number) => Promise<boolean>;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
}

/**
 * Brings all events of a deletion back that still wait: before the answer, or, of more than 10,000, after it, chunk by
 * chunk. Also of a deletion that is still being carried out.
 *
 * @throws `not_found`; `conflict` when it was restored before, or its purge has begun; `overloaded` while another large
 *   deletion of the site is being carried out.
 */
export type RestoreDeletion = (request: RestoreDeletionRequest) => Promise<Deletion>;

export const deletionNotFound = (): AppError => new AppError("not_found", "Deletion not found");

const WHY_NOT: Partial<Record<Deletion["state"], string>> = {
  restored: "The deletion has been restored already",
  purging: "The deletion is being purged and cannot be restored any more",
  purged: "The deletion has been purged: its events are gone for good",
  erasing: "The events are being removed for good",
};

export function createRestoreDeletion(deps: {
  deletions: DeletionStore;
  carryOut: CarryOut;
  clock: Clock;
}): RestoreDeletion {
  const { deletions, carryOut, clock } = deps;
  return async ({ id, isOwn, by }) => {
    const known = await deletions.find(id);
    if (!known || !(await isOwn(known.siteId))) throw deletionNotFound();
    const restored = await deletions.restore({ id, by, nowMs: clock.now() });
    if (!restored) throw deletionNotFound();
    const { outcome, deletion } = restored;
    if (outcome === "busy") throw beingCarriedOut();
    if (outcome === "unchanged") throw new AppError("conflict", WHY_NOT[deletion.state] ?? "It cannot be restored");
    if (deletion.state !== "restoring") return deletion;
    carryOut.wake();
    return waitingOf(deletion) > ANSWERED_WHEN_DONE ? deletion : carryOut.settled(id, WAIT_FOR_DONE_MS);
  };
}

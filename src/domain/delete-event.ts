import type { Clock } from "../lib/clock.ts";
import type { DeletionStore } from "./deletion-ports.ts";
import { acceptedOf, assertFits } from "./deletion-room.ts";
import { AppError } from "./errors.ts";
import type { EventReader } from "./ports.ts";
import type { PurgeSchedule } from "./purge-schedule.ts";

export interface DeleteEventRequest {
  readonly id: number;
  /** Whether events of this site may be deleted; of any other site there is no such event. */
  readonly isOwn: (siteId: number) => Promise<boolean>;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
  readonly reason?: string | null;
  /** Only tells whether it could be deleted. */
  readonly dryRun?: boolean;
}

export interface DeletedEvent {
  /** Null after a dry run. */
  readonly deletionId: number | null;
  /** Ms since 1970; from then on it is removed for good, and cannot be restored. */
  readonly purgeAt: number;
  readonly deletedAt: number;
}

/**
 * Deletes one event: nobody can read it any more, and it can be restored until its purge.
 *
 * Costs the same however many events there are, and however many wait.
 *
 * @throws `not_found` where there is no such event, or it is deleted already; `too_many_pending_deletions` with
 *   `retryAfter` in seconds; `payload_too_large` where none may wait at all.
 */
export type DeleteEvent = (request: DeleteEventRequest) => Promise<DeletedEvent>;

export const eventNotFound = (): AppError => new AppError("not_found", "Event not found");

export function createDeleteEvent(deps: {
  reader: EventReader;
  deletions: DeletionStore;
  purgeSchedule: PurgeSchedule;
  clock: Clock;
  maxPendingDeletions: number;
}): DeleteEvent {
  const { reader, deletions, purgeSchedule, clock, maxPendingDeletions } = deps;
  return async ({ id, isOwn, by, reason = null, dryRun = false }) => {
    const event = await reader.findEvent(id);
    if (!event || !(await isOwn(event.siteId))) throw eventNotFound();
    const nowMs = clock.now();
    const purgeAt = purgeSchedule.purgeAt(nowMs);
    if (dryRun) return { deletionId: null, deletedAt: nowMs, purgeAt };
    assertFits(1, maxPendingDeletions);
    const { siteId } = event;
    const request = { siteId, kind: "event", filter: null, reason, by, nowMs, purgeAt } as const;
    const deletion = acceptedOf(await deletions.mark(request, [id], maxPendingDeletions), nowMs);
    if (!deletion) throw eventNotFound();
    return { deletionId: deletion.id, deletedAt: deletion.createdAt, purgeAt: deletion.purgeAt };
  };
}

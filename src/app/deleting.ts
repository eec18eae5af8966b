import { createRetention } from "../domain/apply-retention.ts";
import { BY_SERVER } from "../domain/audit.ts";
import { createCarryOut } from "../domain/carry-out.ts";
import { createDeleteEvent } from "../domain/delete-event.ts";
import { createDeleteEvents } from "../domain/delete-events.ts";
import { createEraseMatching } from "../domain/erase-matching.ts";
import { createEraseVisitor } from "../domain/erase-visitor.ts";
import { createExpireRecords } from "../domain/expire-records.ts";
import type { Store } from "../domain/ports.ts";
import { createPurge } from "../domain/purge.ts";
import type { PurgeSchedule } from "../domain/purge-schedule.ts";
import { createReclaim } from "../domain/reclaim.ts";
import { createRestoreDeletion } from "../domain/restore-deletion.ts";
import { createRestoreEvent } from "../domain/restore-event.ts";
import type { Clock } from "../lib/clock.ts";
import type { ClockSteps } from "../lib/clock-steps.ts";
import type { Logger } from "../lib/log.ts";

/** What deletes, restores and removes events: on a caller's word, and by itself when they are due. */
export function createDeleting(
  store: Store,
  deps: {
    clock: Clock;
    clockSteps: ClockSteps;
    log: Logger;
    purgeSchedule: PurgeSchedule;
    maxPendingDeletions: number;
    pause: (lastMs: number) => Promise<void>;
    onPurged: (events: number) => void;
    atOnce?: number;
  },
) {
  const carryOut = createCarryOut({ ...store, ...deps });
  const reclaim = createReclaim(store);
  const shared = { ...store, ...deps, carryOut, reclaim, by: BY_SERVER };
  const eraseMatching = createEraseMatching(shared);
  return {
    deleteEvent: createDeleteEvent(shared),
    deleteEvents: createDeleteEvents(shared),
    restoreEvent: createRestoreEvent(shared),
    restoreDeletion: createRestoreDeletion(shared),
    eraseVisitor: createEraseVisitor(shared),
    purge: createPurge({ ...shared, eraseMatching }),
    retention: createRetention({ ...shared, eraseMatching }),
    expireRecords: createExpireRecords(shared),
    carryOut,
    reclaim,
  };
}

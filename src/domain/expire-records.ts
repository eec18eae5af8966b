import { MS_PER_DAY } from "../lib/clock.ts";
import type { ClockSteps } from "../lib/clock-steps.ts";
import { AUDIT_KEPT_DAYS } from "./audit.ts";
import type { PurgeStore } from "./deletion-ports.ts";

/** Removes what has been on record for a year (audit entries, ended deletions), and key-value entries that are over. */
export type ExpireRecords = (signal: AbortSignal) => Promise<void>;

export function createExpireRecords(deps: { purges: PurgeStore; clockSteps: ClockSteps }): ExpireRecords {
  const { purges, clockSteps } = deps;
  return async (signal) => {
    const entries = clockSteps.unsteppedNow();
    const before = { records: entries - AUDIT_KEPT_DAYS * MS_PER_DAY, entries };
    while (!signal.aborted && (await purges.expireSome(before)));
  };
}

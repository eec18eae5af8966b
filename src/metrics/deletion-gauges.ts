import type { DeletionStore } from "../domain/deletion-ports.ts";
import { type Clock, MS_PER_SECOND } from "../lib/clock.ts";
import type { GaugeSource } from "./gauges.ts";

/** What has been deleted and waits for its removal, looked up at each scrape. */
export function deletionGauges(deps: {
  deletions: Pick<DeletionStore, "backlog">;
  clock: Clock;
  maxPendingDeletions: number;
  /** When the last purge that went through began, in ms since 1970; null where it is not known. */
  lastPurge: () => Promise<number | null>;
}): readonly GaugeSource[] {
  const { deletions, clock, maxPendingDeletions, lastPurge } = deps;
  const backlog = () => deletions.backlog(clock.now());
  return [
    {
      name: "footfall_pending_deletion_events",
      help: "Deleted events that wait for their purge",
      read: async () => (await backlog()).events,
    },
    {
      name: "footfall_pending_deletion_events_max",
      help: "How many of them there may be: FOOTFALL_MAX_PENDING_DELETIONS",
      read: () => maxPendingDeletions,
    },
    {
      name: "footfall_purge_due_events",
      help: "Of those, the ones whose time has come: what a purge has still to remove",
      read: async () => (await backlog()).due,
    },
    {
      name: "footfall_deletions_under_way",
      help: "Large deletions, restorations and erasures that are being carried out",
      read: async () => (await backlog()).underWay,
    },
    {
      name: "footfall_purge_last_run_timestamp_seconds",
      help: "When the last purge that went through began, in seconds since 1970; before the first one, when it was first looked for",
      async read() {
        const last = await lastPurge();
        return last === null ? null : last / MS_PER_SECOND;
      },
    },
  ];
}

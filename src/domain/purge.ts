import type { Clock } from "../lib/clock.ts";
import type { ClockSteps } from "../lib/clock-steps.ts";
import type { DeletionStore, DueForPurge, PurgeRun, PurgeStore } from "./deletion-ports.ts";
import type { EraseMatching } from "./erase-matching.ts";
import type { Reclaim } from "./reclaim.ts";

export interface PurgeReport {
  readonly events: number;
  readonly sites: number;
}

/** Stage two: what was deleted long enough ago is removed for good. */
export interface Purge {
  /** What a run would remove now. */
  due(): Promise<DueForPurge>;
  /**
   * Removes it chunk by chunk; one that is stopped is resumed by the next. Nothing of the events is left when it ends.
   *
   * @param onProgress how many events have been removed so far.
   */
  run(signal: AbortSignal, onProgress?: (events: number) => void): Promise<PurgeReport>;
}

/**
 * @param by who runs it, see `AuditRecord.by`.
 * @param pause as for `createCarryOut`.
 * @param onPurged is told of each chunk how many events it removed.
 */
export function createPurge(deps: {
  deletions: DeletionStore;
  purges: PurgeStore;
  eraseMatching: EraseMatching;
  reclaim: Reclaim;
  clock: Clock;
  clockSteps: ClockSteps;
  by: string;
  pause: (lastMs: number) => Promise<void>;
  onPurged?: (events: number) => void;
}): Purge {
  const { deletions, purges, eraseMatching, reclaim, clock, clockSteps, by, pause } = deps;
  const now = (): PurgeRun => ({ nowMs: clock.now(), steps: clockSteps.observe(), by });

  async function purgeDeletions(signal: AbortSignal, onChunk: (events: number) => void): Promise<void> {
    while (!signal.aborted) {
      const startedAt = performance.now();
      const purged = await purges.purgeSome(now());
      if (purged.deletions === 0) return;
      onChunk(purged.events);
      await pause(performance.now() - startedAt);
    }
  }

  /** All events of a site, and then itself. */
  async function purgeSite(siteId: number, signal: AbortSignal): Promise<number | null> {
    const filter = { includeTest: true };
    const expected = await deletions.countStored({ siteId, ...filter });
    return eraseMatching({ siteId, kind: "site", filter, expected, nowMs: clock.now() }, signal);
  }

  return {
    due: () => purges.due(now()),
    async run(signal, onProgress) {
      const due = await purges.due(now());
      if (due.deletions > 0 || due.siteIds.length > 0) await reclaim.request();
      let events = 0;
      let sites = 0;
      const add = (more: number) => {
        events += more;
        deps.onPurged?.(more);
        onProgress?.(events);
      };
      await purgeDeletions(signal, add);
      for (const siteId of due.siteIds) {
        const purged = signal.aborted ? null : await purgeSite(siteId, signal);
        if (purged === null) continue;
        sites += 1;
        add(purged);
      }
      await reclaim.run(signal);
      return { events, sites };
    },
  };
}

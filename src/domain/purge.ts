import type { Clock } from "../lib/clock.ts";
import type { ClockSteps } from "../lib/clock-steps.ts";
import type { DeletionStore, DueForPurge, PurgeRun, PurgeStore } from "./deletion-ports.ts";
import type { EraseMatching } from "./erase-matching.ts";
import type { Reclaim } from "./reclaim.ts";
import type { RemovalProgress } from "./removal-progress.ts";

export interface PurgeReport {
  readonly events: number;
  readonly sites: number;
}

/** Stage two: what was deleted long enough ago is removed for good. */
export interface Purge {
  /** What a run would remove now. */
  due(): Promise<DueForPurge>;
  /** Removes it chunk by chunk; one that is stopped is resumed by the next. Nothing of the events is left when it ends. */
  run(signal: AbortSignal, onProgress?: (progress: RemovalProgress) => void): Promise<PurgeReport>;
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

  const countSite = (siteId: number): Promise<number> => deletions.countStored({ siteId, includeTest: true });

  async function countDue({ events, siteIds }: DueForPurge): Promise<number> {
    let expected = events;
    for (const siteId of siteIds) expected += await countSite(siteId);
    return expected;
  }

  /** All events of a site, and then itself. */
  async function purgeSite(siteId: number, signal: AbortSignal, onRemoved: (events: number) => void) {
    const expected = await countSite(siteId);
    const request = { siteId, kind: "site", filter: { includeTest: true }, expected, nowMs: clock.now() } as const;
    return eraseMatching(request, signal, onRemoved);
  }

  return {
    due: () => purges.due(now()),
    async run(signal, onProgress) {
      const due = await purges.due(now());
      if (due.deletions > 0 || due.siteIds.length > 0) await reclaim.request();
      const expected = onProgress ? await countDue(due) : 0;
      let events = 0;
      let sites = 0;
      const tell = (more: number) => onProgress?.({ removed: events + more, expected });
      const add = (more: number) => {
        events += more;
        deps.onPurged?.(more);
        tell(0);
      };
      await purgeDeletions(signal, add);
      for (const siteId of due.siteIds) {
        const purged = signal.aborted ? null : await purgeSite(siteId, signal, tell);
        if (purged === null) continue;
        sites += 1;
        add(purged);
      }
      // A site's events may have been counted as deleted ones as well.
      onProgress?.({ removed: events, expected: events });
      await reclaim.run(signal);
      return { events, sites };
    },
  };
}

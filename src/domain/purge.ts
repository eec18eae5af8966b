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
  /**
   * Removes it chunk by chunk; one that is stopped is resumed by the next. Nothing of the events is left when it ends.
   */
  run(signal: AbortSignal, onProgress?: (progress: RemovalProgress) => void): Promise<PurgeReport>;
}

/**
 * @param by who runs it, see `AuditRecord.by`.
 * @param pause as for `createCarryOut`.
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

  /** A deleted site, and how many events it has. */
  const countSite = async (siteId: number) => ({
    siteId,
    expected: await deletions.countStored({ siteId, includeTest: true }),
  });

  /** All events of a site, and then itself. */
  function purgeSite(site: { siteId: number; expected: number }, signal: AbortSignal, onRemoved: (n: number) => void) {
    const request = { ...site, kind: "site", filter: { includeTest: true }, nowMs: clock.now() } as const;
    return eraseMatching(request, signal, onRemoved);
  }

  return {
    due: () => purges.due(now()),
    async run(signal, onProgress) {
      const due = await purges.due(now());
      if (due.deletions > 0 || due.siteIds.length > 0) await reclaim.request();
      const dueSites = await Promise.all(due.siteIds.map(countSite));
      const expected = due.events + sum(dueSites.map((site) => site.expected));
      let events = 0;
      let sites = 0;
      const tell = (more: number) => onProgress?.({ removed: events + more, expected });
      const add = (more: number) => {
        events += more;
        tell(0);
      };
      await purgeDeletions(signal, add);
      for (const site of dueSites) {
        const purged = signal.aborted ? null : await purgeSite(site, signal, tell);
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

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

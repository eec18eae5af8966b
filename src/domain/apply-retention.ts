import { MS_PER_DAY } from "../lib/clock.ts";
import type { ClockSteps } from "../lib/clock-steps.ts";
import type { DeletionStore } from "./deletion-ports.ts";
import type { EraseMatching } from "./erase-matching.ts";
import type { SiteStore } from "./ports.ts";
import type { Reclaim } from "./reclaim.ts";
import type { Site } from "./site.ts";

/** What is too old in one site. */
export interface Expired {
  readonly site: Site;
  /** Event time in ms: what happened before it is too old. */
  readonly before: number;
  readonly events: number;
}

/** Removes for good, and without a way back, what is older than its site keeps. */
export interface Retention {
  /** What a run would remove now; sites that have nothing to remove are left out. */
  due(): Promise<readonly Expired[]>;
  /** Removes it, site by site, and gives what was removed. What is stopped is carried on with all other deletions. */
  run(signal: AbortSignal, onProgress?: (expired: Expired) => void): Promise<readonly Expired[]>;
}

export function createRetention(deps: {
  sites: SiteStore;
  deletions: DeletionStore;
  eraseMatching: EraseMatching;
  reclaim: Reclaim;
  clockSteps: ClockSteps;
}): Retention {
  const { sites, deletions, eraseMatching, reclaim, clockSteps } = deps;

  const filterOf = (before: number) => ({ to: before - 1, includeTest: true });

  async function due(): Promise<readonly Expired[]> {
    const found: Expired[] = [];
    const nowMs = clockSteps.unsteppedNow();
    for (const site of await sites.listSites()) {
      if (site.retentionDays === null) continue;
      const before = nowMs - site.retentionDays * MS_PER_DAY;
      const events = await deletions.countStored({ siteId: site.id, ...filterOf(before) });
      if (events > 0) found.push({ site, before, events });
    }
    return found;
  }

  return {
    due,
    async run(signal, onProgress) {
      const done: Expired[] = [];
      for (const expired of await due()) {
        if (signal.aborted) break;
        await reclaim.request();
        const { site, before } = expired;
        const events = await eraseMatching(
          {
            siteId: site.id,
            kind: "retention",
            filter: filterOf(before),
            expected: expired.events,
            nowMs: clockSteps.unsteppedNow(),
          },
          signal,
        );
        if (events === null) continue;
        done.push({ site, before, events });
        onProgress?.({ site, before, events });
      }
      await reclaim.run(signal);
      return done;
    },
  };
}

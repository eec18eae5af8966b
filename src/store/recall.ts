import QuickLRU from "quick-lru";
import type { Clock } from "../lib/clock.ts";

/** How long "there is none" is believed: made-up names must not reach the database one by one. */
const ABSENT_FOR_MS = 1_000;

/** At most twice as many are kept. */
const MAX_ENTRIES = 10_000;

/** What was looked up before, found or not, in bounded memory. */
export interface Recall<T> {
  /** From memory, else by `load`. */
  find(key: string, load: () => Promise<T | null>): Promise<T | null>;
  /** From memory alone; undefined where it knows nothing. */
  peek(key: string): T | null | undefined;
  /** Something has changed: everything is looked up anew. */
  forget(): void;
}

export function createRecall<T extends object>(clock: Clock): Recall<T> {
  const present = new QuickLRU<string, T>({ maxSize: MAX_ENTRIES });
  const absent = new QuickLRU<string, number>({ maxSize: MAX_ENTRIES });
  let generation = 0;

  function peek(key: string): T | null | undefined {
    const known = present.get(key);
    if (known !== undefined) return known;
    const since = absent.get(key);
    // A clock that jumps back must not keep "none" alive, hence both bounds.
    const age = since === undefined ? Number.NaN : clock.now() - since;
    return age >= 0 && age < ABSENT_FOR_MS ? null : undefined;
  }

  return {
    peek,
    async find(key, load) {
      const known = peek(key);
      if (known !== undefined) return known;
      const asked = generation;
      const loaded = await load();
      // What was read before a change must not be remembered after it.
      if (asked === generation) {
        if (loaded === null) absent.set(key, clock.now());
        else present.set(key, loaded);
      }
      return loaded;
    },
    forget() {
      generation += 1;
      present.clear();
      absent.clear();
    },
  };
}

/** Before the second try; it doubles from try to try. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * How long a write is tried again that the database does not take. A database server that is started
 * anew is back by then, and those who wait are still there: a silent connection is closed after 30 s.
 */
export const PATIENCE_MS = 10_000;

/** How long after the process was told to stop the last of all tries may begin. */
export const LAST_PATIENCE_MS = 3_000;

/** How long something is tried again that the database did not take. */
export interface Patience {
  /**
   * Waits before the next try, longer each time, and never for the same time as another process.
   *
   * @returns false, at once, when there is to be no next try.
   */
  pause(): Promise<boolean>;
}

/** @param endsAt until when a try may still begin, by `performance.now()`, given when the first one did; asked anew each time. */
export function startPatience(endsAt: (startedAt: number) => number): Patience {
  const startedAt = performance.now();
  let longest = FIRST_PAUSE_MS;
  return {
    async pause() {
      const ms = longest * (0.5 + Math.random() / 2);
      if (performance.now() + ms > endsAt(startedAt)) return false;
      longest = Math.min(longest * 2, LONGEST_PAUSE_MS);
      await Bun.sleep(ms);
      return true;
    },
  };
}

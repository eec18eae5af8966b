import { type Clock, MS_PER_DAY } from "../../src/lib/clock.ts";

export interface TestClock extends Clock {
  /** Jumps to a time, forwards or back. */
  set(ms: number): void;
  /** Jumps by a number of milliseconds, negative for back. */
  advance(ms: number): void;
}

export const TEN_YEARS_MS = 3_652 * MS_PER_DAY;

/** A clock that stands still until it is told otherwise. */
export function createTestClock(startMs = Date.UTC(2026, 5, 15, 12)): TestClock {
  let current = startMs;
  return {
    now: () => current,
    set(ms) {
      current = ms;
    },
    advance(ms) {
      current += ms;
    },
  };
}

const POLL_EVERY_MS = 5;

/**
 * Polls until `check` gives something other than undefined, null or false.
 *
 * @throws after `boundMs`, with `what` in its message: a wait never hangs a test.
 */
export async function eventually<T>(
  what: string,
  boundMs: number,
  check: () => T | Promise<T>,
): Promise<Exclude<T, undefined | null | false>> {
  const until = performance.now() + boundMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== null && found !== false) return found as Exclude<T, undefined | null | false>;
    if (performance.now() > until) throw new Error(`Not within ${boundMs} ms: ${what}`);
    await Bun.sleep(POLL_EVERY_MS);
  }
}

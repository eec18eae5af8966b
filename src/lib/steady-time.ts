import type { Clock } from "./clock.ts";

/**
 * How long it has been running, in ms, by a clock that may jump: set back, no time passes until its next
 * step; set forward, the jump has passed. Never decreases.
 */
export function createSteadyTime(clock: Clock): () => number {
  let last = clock.now();
  let elapsed = 0;
  return () => {
    const now = clock.now();
    if (now > last) elapsed += now - last;
    last = now;
    return elapsed;
  };
}

import { type Clock, MS_PER_SECOND, type SteadyTime } from "./clock.ts";

/** The clock jumped ahead: what it said just before, and by how many ms it did. */
export interface ClockStep {
  readonly before: number;
  readonly by: number;
}

export interface ClockSteps {
  /** The steps ahead since the start, oldest first; the last one may have been just now. */
  observe(): readonly ClockStep[];
  /** What the clock would say without its steps ahead: never more than it says. */
  unsteppedNow(): number;
}

/** Between two looks the two times may differ by this much, in ms: clocks are corrected a little all the time. */
const TOLERANCE_MS = MS_PER_SECOND;

/** How many steps are told apart. */
const MAX_STEPS = 32;

/**
 * Watches the clock for steps ahead, so that what has to wait for a time is not done early because of one.
 *
 * A step is seen at the next look: it should be looked more often than the steps are long.
 */
export function watchClockSteps(clock: Clock, steadyTime: SteadyTime): ClockSteps {
  const steps: ClockStep[] = [];
  let last = { now: clock.now(), steady: steadyTime() };

  function observe(): readonly ClockStep[] {
    const look = { now: clock.now(), steady: steadyTime() };
    const before = last.now + look.steady - last.steady;
    if (look.now - before > TOLERANCE_MS) {
      steps.push({ before, by: look.now - before });
      // Two in place of the oldest two: what waits for both may wait for the sum.
      if (steps.length > MAX_STEPS) {
        const [first, second] = steps.splice(0, 2) as [ClockStep, ClockStep];
        steps.unshift({ before: Math.max(first.before, second.before), by: first.by + second.by });
      }
    }
    last = look;
    return steps;
  }

  return {
    observe,
    unsteppedNow: () => observe().reduce((now, step) => now - step.by, clock.now()),
  };
}

import { describe, expect, test } from "bun:test";
import { watchClockSteps } from "../../src/lib/clock-steps.ts";
import { createTestClock, TEN_YEARS_MS } from "../support/clock.ts";

const HOUR = 3_600_000;

function watch() {
  const clock = createTestClock();
  let steady = 0;
  const steps = watchClockSteps(clock, () => steady);
  return {
    clock,
    steps,
    /** Time goes by, for the clock and in truth. */
    pass(ms: number) {
      clock.advance(ms);
      steady += ms;
    },
  };
}

describe("steps of the clock", () => {
  test("are none while time goes by, however long, and none of small corrections", () => {
    const { steps, pass, clock } = watch();
    for (const ms of [1, 1_000, 400 * 24 * HOUR]) pass(ms);
    clock.advance(900);
    expect(steps.observe()).toEqual([]);
    expect(steps.unsteppedNow()).toBe(clock.now());
  });

  test.each([HOUR, TEN_YEARS_MS])("ahead by %d ms are seen with the time before and their length", (by) => {
    const { steps, pass, clock } = watch();
    pass(5_000);
    const before = clock.now();
    clock.advance(by);
    expect(steps.observe()).toEqual([{ before, by }]);
    pass(HOUR);
    expect(steps.observe()).toEqual([{ before, by }]);
    expect(steps.unsteppedNow()).toBe(before + HOUR);
  });

  test("back are none: what waits for a time waits longer by itself", () => {
    const { steps, pass, clock } = watch();
    clock.advance(-TEN_YEARS_MS);
    expect(steps.observe()).toEqual([]);
    pass(HOUR);
    expect(steps.unsteppedNow()).toBe(clock.now());
    // And ahead again: what was deleted in between has not waited for ten years.
    const before = clock.now();
    clock.advance(TEN_YEARS_MS);
    expect(steps.observe()).toEqual([{ before, by: TEN_YEARS_MS }]);
  });

  test("are kept in bounded number; of two that are put together nothing is lost", () => {
    const { steps, clock } = watch();
    for (let n = 0; n < 100; n++) {
      clock.advance(HOUR);
      steps.observe();
    }
    const found = steps.observe();
    expect(found.length).toBeLessThanOrEqual(32);
    expect(found.reduce((sum, { by }) => sum + by, 0)).toBe(100 * HOUR);
  });
});

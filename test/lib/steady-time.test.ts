import { expect, test } from "bun:test";
import { createSteadyTime } from "../../src/lib/steady-time.ts";
import { createTestClock } from "../support/clock.ts";

test("time passes with the clock, jumps forward with it, and stands still where the clock is set back", () => {
  const clock = createTestClock();
  const elapsed = createSteadyTime(clock);
  const after = (ms: number) => {
    clock.advance(ms);
    return elapsed();
  };
  expect(elapsed()).toBe(0);
  expect(after(5)).toBe(5);
  expect(after(0)).toBe(5);
  expect(after(-3_600_000)).toBe(5);
  expect(after(7)).toBe(12);
  expect(after(3_600_000)).toBe(3_600_012);
});

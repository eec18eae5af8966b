import { expect, test } from "bun:test";
import { pauseAsLong, pauseForOthers } from "../../src/lib/pause.ts";

/** Long for a pause, and short for a test that waits for one. */
const LONG_MS = 30;

async function took(action: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

test("a pause is as long as the work before it, and at most a second", async () => {
  expect(await took(() => pauseAsLong(LONG_MS))).toBeGreaterThanOrEqual(LONG_MS - 1);
  expect(await took(() => pauseAsLong(60_000))).toBeLessThan(30_000);
});

test("it is the same while there are others", async () => {
  const pause = pauseForOthers(async () => false);
  expect(await took(() => pause(LONG_MS))).toBeGreaterThanOrEqual(LONG_MS - 1);
});

test("nobody waits where there is nobody, and it is not asked each time", async () => {
  let asked = 0;
  const pause = pauseForOthers(async () => {
    asked += 1;
    return true;
  });
  const all = await took(async () => {
    for (let chunk = 0; chunk < 1_000; chunk++) await pause(1_000);
  });
  expect(all).toBeLessThan(30_000);
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(1_000);
});

test("who comes is noticed while it goes on", async () => {
  let isAlone = true;
  const pause = pauseForOthers(async () => isAlone);
  await pause(1_000);
  isAlone = false;
  for (let waited = 0; waited < LONG_MS - 1; ) waited = await took(() => pause(LONG_MS));
  expect(await took(() => pause(LONG_MS))).toBeGreaterThanOrEqual(LONG_MS - 1);
});

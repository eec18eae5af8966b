import { expect, test } from "bun:test";
import { join } from "node:path";
import { isCronPattern } from "../../src/lib/cron.ts";

test.each([
  ["0 3 * * *", true],
  ["*/30 * * * * *", true],
  ["@daily", true],
  ["0 3 * *", false],
  ["61 * * * *", false],
  ["never", false],
  ["", false],
  ["0 0 30 2 *", false],
])("%p is a cron pattern: %p", (pattern, expected) => {
  expect(isCronPattern(pattern)).toBe(expected);
});

test("times are in UTC wherever the server is", async () => {
  const program = `
    import { createCronTimes } from ${JSON.stringify(join(import.meta.dir, "../../src/lib/cron.ts"))};
    const nextRun = createCronTimes("0 3 * * *");
    console.log(new Date().getTimezoneOffset() !== 0, nextRun(Date.UTC(2026, 2, 8, 2)), nextRun(Date.UTC(2026, 6, 1, 3)));`;
  // Where the clocks go forward on the night of March 8.
  const ended = Bun.spawnSync([process.execPath, "-e", program], { env: { TZ: "America/New_York" } });
  const expected = [true, Date.UTC(2026, 2, 8, 3), Date.UTC(2026, 6, 2, 3)];
  expect(String(ended.stdout)).toBe(`${expected.join(" ")}\n`);
});

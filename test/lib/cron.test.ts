import { expect, test } from "bun:test";
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

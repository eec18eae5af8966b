import { expect, test } from "bun:test";
import { parseDuration } from "../../src/lib/duration.ts";

test.each([
  ["0s", 0],
  ["500ms", 500],
  ["90s", 90_000],
  ["15m", 900_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
])("%s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "24", "h", "1.5h", "-1h", "24 h", "24H", "1w", "9999999999s", "1h30m"])("%p is no duration", (text) => {
  expect(parseDuration(text)).toBeNull();
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatMicros, parseMicros } from "../../src/domain/micros.ts";

test.each([
  [0, "0"],
  [1, "0.000001"],
  [-1, "-0.000001"],
  [99_990_000, "99.99"],
  [5_000_000, "5"],
  [-1_500_000, "-1.5"],
  [9_007_199_253_999_999, "9007199253.999999"],
  [Number.MAX_SAFE_INTEGER, "9007199254.740991"],
  [Number.MIN_SAFE_INTEGER, "-9007199254.740991"],
])("%d millionths are written %s", (micros, text) => {
  expect(formatMicros(micros)).toBe(text);
});

test("every amount is read back as it was written", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (micros) => expect(parseMicros(formatMicros(micros))).toBe(micros)));
});

test.each([
  ["1.10", 1_100_000],
  ["1e2", 100_000_000],
  ["1.5E-3", 1_500],
  ["0.0000005", 1],
  ["-0", -0],
])("%s is an amount", (text, micros) => {
  expect(parseMicros(text)).toBe(micros);
});

test.each(["9007199254.740992", "1e400", "-1e300"])("%s is too large for one", (text) => {
  expect(parseMicros(text)).toBeNull();
});

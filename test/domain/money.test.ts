import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { maxMinorUnits, microsPerMinorUnit, microsToMinor, minorToMicros } from "../../src/domain/money.ts";

describe("money", () => {
  test.each([
    ["USD", 4_990, 49_900_000],
    ["EUR", 1, 10_000],
    ["JPY", 500, 500_000_000],
    ["VND", 1, 1_000_000],
    ["KWD", 1_234, 1_234_000],
    ["CLF", 12_345, 1_234_500],
    // What nobody has defined has cents.
    ["XYZ", 100, 1_000_000],
  ])("%s: %p of its smallest unit are %p micros", (currency, minor, micros) => {
    expect(minorToMicros(minor, currency)).toBe(micros);
    expect(microsToMinor(micros, currency)).toBe(minor);
  });

  test("without a currency is in cents; what is finer than the unit is rounded", () => {
    expect(microsPerMinorUnit(null)).toBe(10_000);
    expect(microsToMinor(10_004_999, "USD")).toBe(1_000);
    expect(microsToMinor(10_005_000, "USD")).toBe(1_001);
    expect(microsToMinor(499_999, "JPY")).toBe(0);
  });

  test("is exact up to its largest amount, and that is the largest that is", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("USD", "JPY", "KWD", "CLF"),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (currency, part) => {
          const minor = Math.floor(maxMinorUnits(currency) * part);
          const micros = minorToMicros(minor, currency);
          expect(Number.isSafeInteger(micros)).toBe(true);
          expect(microsToMinor(micros, currency)).toBe(minor);
          expect(Number.isSafeInteger(minorToMicros(maxMinorUnits(currency) + 1, currency))).toBe(false);
        },
      ),
    );
  });
});

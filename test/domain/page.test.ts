import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AppError } from "../../src/domain/errors.ts";
import { decodeCursor, encodeCursor, type Order, type Position } from "../../src/domain/page.ts";

const ORDERS = ["desc", "asc", "received"] as const satisfies readonly Order[];

const order = fc.constantFrom(...ORDERS);

const position: fc.Arbitrary<Position> = fc.record({
  occurredAt: fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  occurredSub: fc.integer({ min: 0, max: 9_999 }),
  id: fc.maxSafeNat(),
});

/** The position, or the error's code. */
function tryDecode(wanted: Order, cursor: string): Position | string {
  try {
    return decodeCursor(wanted, cursor);
  } catch (error) {
    return error instanceof AppError ? error.code : `unexpected ${error}`;
  }
}

describe("a cursor", () => {
  test("names the position that it was made of", () => {
    fc.assert(
      fc.property(order, position, (wanted, given) => {
        expect(decodeCursor(wanted, encodeCursor(wanted, given))).toEqual(given);
      }),
      { numRuns: 2_000 },
    );
  });

  test("with a flipped bit is invalid input or a valid position, 10,000 times", () => {
    let refused = 0;
    fc.assert(
      fc.property(order, position, fc.nat(), fc.nat({ max: 7 }), fc.boolean(), (wanted, given, at, bit, inside) => {
        const cursor = encodeCursor(wanted, given);
        // In the letters themselves, or in what they encode.
        const bytes = inside ? Buffer.from(cursor, "base64url") : Buffer.from(cursor, "latin1");
        const place = at % bytes.length;
        bytes[place] = (bytes[place] as number) ^ (1 << bit);
        const decoded = tryDecode(wanted, bytes.toString(inside ? "base64url" : "latin1"));
        if (typeof decoded === "string") {
          expect(decoded).toBe("invalid_input");
          refused += 1;
        } else {
          expect(Object.keys(decoded).sort()).toEqual(["id", "occurredAt", "occurredSub"]);
          expect(Object.values(decoded).every(Number.isSafeInteger)).toBe(true);
          expect(decoded.occurredSub).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(1_000);
  });

  test("of one order is refused by the others", () => {
    const given = { occurredAt: 1, occurredSub: 2, id: 3 };
    for (const made of ORDERS) {
      for (const wanted of ORDERS) {
        const decoded = tryDecode(wanted, encodeCursor(made, given));
        if (made === wanted) expect(decoded).toEqual(given);
        else expect(decoded).toBe("invalid_input");
      }
    }
  });

  test("that was not made here is refused, with the field's name", () => {
    const made = encodeCursor("desc", { occurredAt: -5, occurredSub: 0, id: 77 });
    const encode = (text: string) => Buffer.from(text).toString("base64url");
    for (const cursor of [
      "",
      "x",
      "null",
      "%00",
      "a".repeat(100_000),
      `${made}=`,
      ` ${made}`,
      `${made}A`,
      made.slice(0, -1),
      encode("1d.-0.0.1"),
      encode("1d.01.0.1"),
      encode("1d.zzzzzzzzzzz.0.1"),
      encode("2d.1.0.1"),
      encode("1d.1.0.-1"),
    ]) {
      expect(tryDecode("desc", cursor)).toBe("invalid_input");
    }
    try {
      decodeCursor("desc", "x");
      throw new Error("A wrong cursor was taken");
    } catch (error) {
      expect(error).toMatchObject({ code: "invalid_input", fieldErrors: { cursor: [expect.any(String)] } });
    }
  });
});

import { describe, expect, test } from "bun:test";
import { randomLetters } from "../../src/lib/base62.ts";

describe("random letters", () => {
  test("are as many as asked for, of the alphabet", () => {
    for (const length of [0, 1, 8, 32, 1_000]) {
      expect(randomLetters(length)).toMatch(new RegExp(`^[0-9A-Za-z]{${length}}$`));
    }
    expect(randomLetters(500, undefined, "ab")).toMatch(/^[ab]{500}$/);
  });

  test("are each equally likely: bytes that would favour some are thrown away", () => {
    // Every byte once, in a circle: the letters' share can be told exactly.
    let next = 0;
    const everyByte = (length: number) => Uint8Array.from({ length }, () => next++ % 256);
    const counts = new Map<string, number>();
    for (const letter of randomLetters(248 * 10, everyByte)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    expect(new Set(counts.values())).toEqual(new Set([40]));
  });

  test("differ each time", () => {
    expect(new Set(Array.from({ length: 1_000 }, () => randomLetters(8))).size).toBe(1_000);
  });
});

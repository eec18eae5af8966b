import { expect, test } from "bun:test";
import QuickLRU from "quick-lru";
import { createOccurrences, type LineDigest } from "../../src/domain/line-occurrences.ts";

const digestOf = (n: number): LineDigest => Uint32Array.of(Math.imul(n, 0x9e37_79b1) >>> 0, n, ~n >>> 0, 7);

test("equal digests are counted, each for itself", () => {
  const occurrenceOf = createOccurrences(10);
  expect([1, 2, 1, 1, 2, 3].map((n) => occurrenceOf(digestOf(n)))).toEqual([1, 1, 2, 3, 2, 1]);
});

test("digests that share their place in the table, or their first words, are told apart", () => {
  const occurrenceOf = createOccurrences(20);
  const alike = Array.from({ length: 8 }, (_, n) => Uint32Array.of(5, 5, n >> 1, n & 1));
  const ofTheSamePlace = Array.from({ length: 8 }, (_, n) => Uint32Array.of(5 + n * 64, 5, 5, 5));
  const all = [...alike, ...ofTheSamePlace];
  expect(all.map((digest) => occurrenceOf(digest))).toEqual(all.map(() => 1));
  expect(all.map((digest) => occurrenceOf(digest))).toEqual(all.map(() => 2));
});

test("a digest may be reused by its caller", () => {
  const occurrenceOf = createOccurrences(10);
  const digest = digestOf(1);
  occurrenceOf(digest);
  digest.set(digestOf(2));
  expect(occurrenceOf(digest)).toBe(1);
  expect(occurrenceOf(digestOf(1))).toBe(2);
});

// What is forgotten when decides over the keys of lines: an import that is repeated years later must make the same.
test.each([1, 2, 3, 50])("what is forgotten is what the cache of the first releases forgot, of %d", (remembered) => {
  const occurrenceOf = createOccurrences(remembered);
  const cache = new QuickLRU<number, number>({ maxSize: remembered });
  let state = 1;
  for (let i = 0; i < 20_000; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const n = Math.floor((state / 2 ** 32) ** 2 * remembered * 6);
    const expected = (cache.get(n) ?? 0) + 1;
    cache.set(n, expected);
    expect([i, occurrenceOf(digestOf(n))]).toEqual([i, expected]);
  }
});

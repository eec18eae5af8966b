import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createLineKey } from "../../src/domain/import-key.ts";

const AT = Date.UTC(2026, 0, 1);

function keysOf(lines: readonly string[], remembered?: number): string[] {
  const keyOf = createLineKey(remembered);
  return lines.map((line) => keyOf(line, AT));
}

test("a key is the time in base36, then the first 16 bytes of SHA-256 over the line and its number among its like", () => {
  const digest = (text: string) => createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
  expect(keysOf(["a", "a"])).toEqual([
    `i:${AT.toString(36).padStart(9, "0")}.${digest("a#1")}`,
    `i:${AT.toString(36).padStart(9, "0")}.${digest("a#2")}`,
  ]);
});

test("keys sort by time, whatever the line", () => {
  const times = [-5, 0, 1, 35, 36, Date.UTC(2001, 8, 9, 1, 46, 40), Date.UTC(2026, 0, 1), Date.UTC(2059, 0, 1)];
  const keyOf = createLineKey();
  const keys = times.map((ms, n) => keyOf(`line ${n}`, ms).slice(0, 11));
  expect(keys).toEqual(keys.toSorted());
});

test("the same lines get the same keys every time", () => {
  const lines = ["a", "b", "a", "a", "c"];
  expect(keysOf(lines)).toEqual(keysOf(lines));
  expect(new Set(keysOf(lines)).size).toBe(5);
});

test("a line keeps its key when lines of others are added or left out", () => {
  expect(keysOf(["b", "a", "c", "a"])).toEqual(expect.arrayContaining(keysOf(["a", "a"])));
});

test("memory is bounded: equal lines too far apart are taken for one", () => {
  const remembered = 10;
  const others = Array.from({ length: 2 * remembered }, (_, index) => `other ${index}`);
  const [first, ...rest] = keysOf(["a", ...others, "a"], remembered);
  expect(rest.at(-1)).toBe(first);
});

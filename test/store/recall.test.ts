import { describe, expect, test } from "bun:test";
import { createRecall } from "../../src/store/recall.ts";
import { createTestClock, TEN_YEARS_MS } from "../support/clock.ts";

interface Thing {
  readonly name: string;
}

function setUp() {
  const clock = createTestClock();
  const recall = createRecall<Thing>(clock);
  let loads = 0;
  const find = (key: string, found: Thing | null) =>
    recall.find(key, async () => {
      loads += 1;
      return found;
    });
  return { clock, recall, find, loads: () => loads };
}

describe("what was looked up", () => {
  test("is recalled until it is forgotten", async () => {
    const { recall, find, loads } = setUp();
    const thing = { name: "a" };
    expect(recall.peek("a")).toBeUndefined();
    expect(await find("a", thing)).toBe(thing);
    expect(await find("a", null)).toBe(thing);
    expect(recall.peek("a")).toBe(thing);
    expect(loads()).toBe(1);
    recall.forget();
    expect(recall.peek("a")).toBeUndefined();
    expect(await find("a", null)).toBeNull();
  });

  test("and not found is recalled for a second, also by a clock that jumps back", async () => {
    const { clock, recall, find } = setUp();
    await find("a", null);
    clock.advance(999);
    expect(recall.peek("a")).toBeNull();
    clock.advance(1);
    expect(recall.peek("a")).toBeUndefined();
    await find("a", null);
    clock.advance(-TEN_YEARS_MS);
    expect(recall.peek("a")).toBeUndefined();
  });

  test("before a change is not remembered after it", async () => {
    const { recall } = setUp();
    for (const old of [{ name: "old" }, null]) {
      const loading = Promise.withResolvers<Thing | null>();
      const found = recall.find("a", () => loading.promise);
      recall.forget();
      loading.resolve(old);
      expect(await found).toBe(old);
      expect(recall.peek("a")).toBeUndefined();
    }
  });

  test("is bounded, and made-up names do not push out what exists", async () => {
    const { recall, find } = setUp();
    const known = (prefix: string) =>
      Array.from({ length: 50_000 }, (_, n) => recall.peek(`${prefix} ${n}`)).filter((found) => found !== undefined);
    await find("first", { name: "first" });
    for (let n = 0; n < 50_000; n++) await find(`none ${n}`, null);
    expect(recall.peek("first")).toEqual({ name: "first" });
    expect(known("none").length).toBeLessThanOrEqual(20_000);
    for (let n = 0; n < 50_000; n++) await find(`some ${n}`, { name: String(n) });
    expect(recall.peek("first")).toBeUndefined();
    expect(known("some").length).toBeLessThanOrEqual(20_000);
  });

  test("is asked for again after an error", async () => {
    const { recall, find } = setUp();
    const failed = recall.find("a", () => Promise.reject(new Error("away")));
    expect(await failed.catch(String)).toContain("away");
    expect(await find("a", { name: "a" })).toEqual({ name: "a" });
  });
});

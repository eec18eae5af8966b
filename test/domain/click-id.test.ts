import { describe, expect, test } from "bun:test";
import { createClickIds, siteOfClickId } from "../../src/domain/click-id.ts";

describe("ids of clicks", () => {
  test("are the program and the time, or the first ms after it that is free", () => {
    const ids = createClickIds();
    expect(ids.next(42, 1_000)).toBe("cust_42_1000");
    expect(ids.next(42, 1_000)).toBe("cust_42_1001");
    expect(ids.next(42, 1_001)).toBe("cust_42_1002");
    expect(ids.next(7, 1_000)).toBe("cust_7_1000");
    expect(ids.next(42, 2_000)).toBe("cust_42_2000");
  });

  test("are never the same, also when the clock jumps back", () => {
    const ids = createClickIds();
    const seen = [5_000, 1, 5_000, 4_999, 1].map((now) => ids.next(1, now));
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("skip what others may have taken", () => {
    const ids = createClickIds();
    ids.next(1, 1_000);
    expect(ids.next(1, 1_000, 6)).toBe("cust_1_1007");
    expect(ids.next(1, 1_000)).toBe("cust_1_1008");
  });

  test("of 25,000 programs in turn are kept apart in bounded memory", () => {
    const ids = createClickIds();
    for (let site = 1; site <= 25_000; site++) expect(ids.next(site, 1)).toBe(`cust_${site}_1`);
    expect([ids.next(25_000, 1), ids.next(25_000, 1)]).toEqual(["cust_25000_2", "cust_25000_3"]);
  });

  test.each([
    ["cust_42_1749305730000", 42],
    ["cust_1_0", 1],
    ["cust_0_1", null],
    ["cust_042_1", null],
    ["cust_42_", null],
    ["cust_42_1x", null],
    ["xcust_42_1", null],
    ["cust_1234567890123456_1", null],
    ["", null],
  ])("%p names the program %p", (clickId, siteId) => {
    expect(siteOfClickId(clickId)).toBe(siteId);
  });
});

import { describe, expect, test } from "bun:test";
import { createTestClock, TEN_YEARS_MS } from "../../support/clock.ts";
import { NOON, type TestDatabase } from "../../support/store.ts";

export function kvContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("the key-value store", () => {
    test("sets, overwrites and deletes", async () => {
      await using database = await createDatabase();
      const { kv } = await database.open();
      expect(await kv.get("a")).toBeNull();
      await kv.set("a", "1");
      await kv.set("a", "ü😀 \"'");
      expect(await kv.get("a")).toBe("ü😀 \"'");
      await kv.delete("a");
      await kv.delete("never there");
      expect(await kv.get("a")).toBeNull();
    });

    test("forgets a value at its time, by the clock of the store", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const { kv } = await database.open({ clock });
      await kv.set("a", "1", NOON + 1_000);
      clock.advance(999);
      expect(await kv.get("a")).toBe("1");
      clock.advance(1);
      expect(await kv.get("a")).toBeNull();
      expect(await kv.list("a")).toEqual([]);
      await kv.set("a", "2");
      clock.advance(TEN_YEARS_MS);
      expect(await kv.get("a")).toBe("2");
    });

    test("sets a value for good where there is none, or none any more", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const { kv } = await database.open({ clock });
      expect(await kv.setIfAbsent("a", "1")).toBe("1");
      expect(await kv.setIfAbsent("a", "2")).toBe("1");
      await kv.set("b", "1", NOON + 1_000);
      expect(await kv.setIfAbsent("b", "2")).toBe("1");
      clock.advance(1_000);
      expect(await kv.setIfAbsent("b", "3")).toBe("3");
      clock.advance(TEN_YEARS_MS);
      expect([await kv.get("a"), await kv.get("b")]).toEqual(["1", "3"]);
    });

    test("tells two stores that set a value at once the same one", async () => {
      await using database = await createDatabase();
      const stores = [await database.open(), await database.open({ role: "command" })];
      const values = await Promise.all(
        Array.from({ length: 20 }, (_, n) => stores[n % 2]?.kv.setIfAbsent("a", `value ${n}`)),
      );
      expect(new Set(values).size).toBe(1);
      expect(await stores[1]?.kv.get("a")).toBe(values[0] as string);
    });

    test("lists by a beginning that is taken literally", async () => {
      await using database = await createDatabase();
      const { kv } = await database.open();
      for (const key of ["p:b", "p:a", "P:c", "p%d", "q", "😀:1", "😀:2", "😁:3"]) await kv.set(key, `=${key}`);
      const list = async (prefix: string) => (await kv.list(prefix)).map(({ key }) => key);
      expect(await kv.list("p:")).toEqual([
        { key: "p:a", value: "=p:a" },
        { key: "p:b", value: "=p:b" },
      ]);
      expect(await list("p%")).toEqual(["p%d"]);
      expect(await list("😀:")).toEqual(["😀:1", "😀:2"]);
      expect(await list("none")).toEqual([]);
    });
  });

  describe("a lease", () => {
    const lease = (holder: string, nowMs: number) => ({ key: "job", holder, nowMs, expiresAtMs: nowMs + 100 });

    test("is its holder's until it runs out; the holder can renew it", async () => {
      await using database = await createDatabase();
      const { kv } = await database.open();
      expect(await kv.takeLease(lease("a", 0))).toBe(true);
      expect(await kv.takeLease(lease("b", 99))).toBe(false);
      expect(await kv.takeLease(lease("a", 50))).toBe(true);
      expect(await kv.takeLease(lease("b", 149))).toBe(false);
      expect(await kv.takeLease(lease("b", 150))).toBe(true);
      expect(await kv.takeLease(lease("a", 151))).toBe(false);
    });

    test("that two stores ask for at once is given to one", async () => {
      await using database = await createDatabase();
      const stores = [await database.open(), await database.open({ role: "command" })];
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            stores[n % 2]?.kv.takeLease(lease(`holder ${round}.${n}`, round * 1_000)),
          ),
        );
        expect(answers.filter((taken) => taken === true)).toHaveLength(1);
      }
    });
  });
}

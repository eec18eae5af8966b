import { describe, expect, test } from "bun:test";
import { createTestClock, TEN_YEARS_MS } from "../../support/clock.ts";
import { appendAll, NOON, newEvent, type TestDatabase } from "../../support/store.ts";

const batch = (size: number) => Array.from({ length: size }, () => newEvent());

function expectIncreasing(ids: readonly number[]): void {
  expect(ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] as number))).toBe(-1);
  expect(ids.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
}

export function idsContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("ids", () => {
    test("grow within a millisecond that has more events than ids", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = [...(await appendAll(store, batch(500))), ...(await appendAll(store, batch(500)))];
      expectIncreasing(ids);
    });

    test("grow when the clock jumps ten years forwards and back", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const store = await database.open({ clock });
      const ids: number[] = [];
      for (const jump of [0, TEN_YEARS_MS, -2 * TEN_YEARS_MS, 1, TEN_YEARS_MS]) {
        clock.advance(jump);
        ids.push(...(await appendAll(store, batch(70))));
      }
      expectIncreasing(ids);
    });

    test("grow across restarts, with a clock that is ten years back", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const ids: number[] = [];
      for (const now of [NOON, NOON + TEN_YEARS_MS, NOON - TEN_YEARS_MS, NOON]) {
        clock.set(now);
        const store = await database.open({ clock });
        ids.push(...(await appendAll(store, batch(70))));
        await store.close();
      }
      expectIncreasing(ids);
    });

    test("of two stores that write at once never meet", async () => {
      await using database = await createDatabase();
      const stores = [await database.open(), await database.open({ role: "command" })];
      const ids = await Promise.all(
        stores.map(async (store) => {
          const own: number[] = [];
          for (let round = 0; round < 10; round++) own.push(...(await appendAll(store, batch(100))));
          return own;
        }),
      );
      for (const own of ids) expectIncreasing(own);
      expect(new Set(ids.flat()).size).toBe(2_000);
      const { rows } = await database.sql.execute("SELECT count(*) AS n FROM events");
      expect(rows[0]?.n).toBe(2_000);
    });

    test("that another process has taken are passed, and every event is stored", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const [id] = (await appendAll(store, batch(1))) as [number];
      // As if a process that had slept through the end of its lease had written under the same node.
      await database.sql.execute({
        sql: `WITH RECURSIVE taken (id) AS (SELECT ? UNION ALL SELECT id + 1 FROM taken LIMIT 100)
              INSERT INTO events (id, received_offset, site_id, type, occurred_at) SELECT id, 0, 9, 'x', 0 FROM taken`,
        args: [BigInt(id + 1)],
      });
      const ids = await appendAll(store, batch(10));
      expectIncreasing([id + 100, ...ids]);
      expect(await store.reader.findEvent(id + 1)).toMatchObject({ siteId: 9 });
    });
  });
}

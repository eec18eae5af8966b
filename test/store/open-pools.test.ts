import { expect, test } from "bun:test";
import { openPools } from "../../src/store/open-pools.ts";
import { ENDLESS } from "../support/endless.ts";
import { appendAll, createFileDatabase, newEvent, rejection } from "../support/store.ts";

const COUNT = "SELECT count(*) FROM events";

test("reads and queries are held together, and both go on when the hold is over", async () => {
  await using database = await createFileDatabase();
  await appendAll(await database.open(), [newEvent()]);
  const pools = openPools(database.path, { readDeadlineMs: 5_000 });
  const hold = await pools.hold({ withinMs: 1_000, isUrgent: false });
  const waiting = Promise.all([pools.reads.query(COUNT, []), pools.queries.query(COUNT, [])]);
  let isDone = false;
  void waiting.then(() => {
    isDone = true;
  });
  await Bun.sleep(50);
  expect(isDone).toBe(false);
  hold?.[Symbol.dispose]();
  expect(await waiting).toEqual([1, 1]);
  await pools.close();
});

for (const busy of ["reads", "queries"] as const) {
  test(`while one of the ${busy} takes too long to be waited for, neither is held`, async () => {
    await using database = await createFileDatabase();
    await appendAll(await database.open(), [newEvent()]);
    const pools = openPools(database.path, { readDeadlineMs: 2_000 });
    const endless = rejection(pools[busy].query(ENDLESS, []));
    expect(await pools.hold({ withinMs: 20, isUrgent: false })).toBeNull();
    expect(await Promise.all([pools.reads.query(COUNT, []), pools.queries.query(COUNT, [])])).toEqual([1, 1]);
    expect(await endless).toMatchObject({ code: "deadline_exceeded" });
    await pools.close();
  });
}

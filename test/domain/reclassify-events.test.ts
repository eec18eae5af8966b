import { expect, test } from "bun:test";
import { AppError } from "../../src/domain/errors.ts";
import type { EventReclassifier } from "../../src/domain/ports.ts";
import { createReclassifyEvents, type ReclassifyCounts } from "../../src/domain/reclassify-events.ts";
import { reclassify } from "../../src/enrich/reclassify.ts";
import { appendAll, createFileDatabase, NOON, newEvent, rejection } from "../support/store.ts";

const wait = async () => {};
const data = JSON.stringify({ userAgent: "GPTBot/1.0" });

/** A site with many events at few times, half of them badly named bots. */
async function createFixture() {
  const database = await createFileDatabase();
  const store = await database.open();
  await appendAll(
    store,
    Array.from({ length: 1_300 }, (_, n) =>
      newEvent({
        occurredAt: NOON + (n % 3),
        isTest: n % 10 === 0,
        ...(n % 2 === 0 ? { botName: "old", data } : {}),
      }),
    ),
  );
  return { database, store };
}

test("every event of the site is looked at once, and what is right is not written again", async () => {
  const { database, store } = await createFixture();
  await using _ = database;
  await appendAll(store, [newEvent({ siteId: 2, botName: "old", data })]);
  const run = createReclassifyEvents({ ...store, reclassify, wait });
  const progress: ReclassifyCounts[] = [];
  const input = { siteId: 1, signal: new AbortController().signal };
  expect(await run({ ...input, onProgress: (counts) => progress.push({ ...counts }) })).toEqual({
    events: 1_300,
    changed: 650,
  });
  expect(progress.map(({ events }) => events)).toEqual([500, 1_000, 1_300]);
  expect(await run(input)).toEqual({ events: 1_300, changed: 0 });
  const { rows } = await database.sql.execute("SELECT site_id, bot_name, count(*) AS n FROM events GROUP BY 1, 2");
  expect(rows.map((row) => [row.site_id, row.bot_name, row.n])).toEqual([
    [1, null, 650],
    [1, "GPTBot", 650],
    [2, "old", 1],
  ]);
});

test("a site without events is done at once", async () => {
  await using database = await createFileDatabase();
  const run = createReclassifyEvents({ ...(await database.open()), reclassify, wait });
  expect(await run({ siteId: 9, signal: new AbortController().signal })).toEqual({ events: 0, changed: 0 });
});

test("it writes in chunks, waits while the database is busy, and stops where it is told to", async () => {
  const { database, store } = await createFixture();
  await using _ = database;
  const interruption = new AbortController();
  const waits: number[] = [];
  const sizes: number[] = [];
  const reclassifier: EventReclassifier = {
    async reclassify(siteId, events) {
      if (waits.length < 2) throw new AppError("overloaded", "Busy");
      sizes.push(events.length);
      await store.reclassifier.reclassify(siteId, events);
    },
  };
  const run = createReclassifyEvents({
    reader: store.reader,
    reclassifier,
    reclassify,
    wait: async (ms) => void waits.push(ms),
  });
  const stopped = run({
    siteId: 1,
    signal: interruption.signal,
    onProgress: ({ events }) => events === 1_000 && interruption.abort(new Error("Enough")),
  });
  expect((await rejection(stopped)).message).toBe("Enough");
  expect(waits).toEqual([100, 200]);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(250);
  const { rows } = await database.sql.execute("SELECT count(*) AS n FROM events WHERE bot_name = 'GPTBot'");
  expect(rows[0]?.n).toBe(sizes.reduce((sum, size) => sum + size, 0));
});

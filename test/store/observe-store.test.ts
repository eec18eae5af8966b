import { expect, test } from "bun:test";
import type { ReadOutcome } from "../../src/domain/observers.ts";
import { createObservers, observeReads } from "../../src/store/observe-store.ts";
import { createReadPool } from "../../src/store/read-pool.ts";
import { ENDLESS } from "../support/endless.ts";
import { appendAll, createFileDatabase, newEvent, rejection } from "../support/store.ts";

test("a read is told of when it ends: done, expired, refused or failed; meanwhile it is under way", async () => {
  await using database = await createFileDatabase();
  await appendAll(await database.open(), [newEvent()]);
  const pool = createReadPool({ path: database.path, connections: 1, maxWaiting: 1, deadlineMs: 150 });
  const outcomes: ReadOutcome[] = [];
  const observers = createObservers();
  observers.add({ committed() {}, readEnded: (outcome) => void outcomes.push(outcome) });
  const { read, underWay } = observeReads(pool.query, observers);

  expect(await read("SELECT count(*) FROM events", [])).toBe(1);
  await rejection(read("SELECT nothing", []));
  expect(outcomes).toEqual(["done", "failed"]);

  const endless = rejection(read(ENDLESS, []));
  const waiting = rejection(read(ENDLESS, []));
  expect(underWay()).toBe(2);
  await rejection(read("SELECT 1", []));
  expect(outcomes).toEqual(["done", "failed", "refused"]);
  await Promise.all([endless, waiting]);
  expect(outcomes.slice(3)).toEqual(["expired", "expired"]);
  expect(underWay()).toBe(0);
  await pool.close();
});

test("the store tells everyone who asked of each commit, also of one that failed", async () => {
  await using database = await createFileDatabase();
  const store = await database.open();
  const seen: { events: number; ok: boolean }[][] = [[], []];
  for (const list of seen) {
    store.observe({ committed: ({ events, ok }) => void list.push({ events, ok }), readEnded() {} });
  }
  await appendAll(store, [newEvent(), newEvent()]);
  await database.sql.execute(
    "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
  );
  expect(await rejection(store.writer.append([newEvent()]))).toMatchObject({ code: "disk_full" });
  const expected = [
    { events: 2, ok: true },
    { events: 1, ok: false },
  ];
  expect(seen).toEqual([expected, expected]);
});

test("the store's figures tell what waits, how large its files are and what the disk has", async () => {
  await using database = await createFileDatabase();
  const store = await database.open({ measureDisk: async () => ({ free: 5e9, total: 9e9 }) });
  const appended = store.writer.append([newEvent(), newEvent()]);
  const { queue, disk } = store.figures();
  expect(queue).toMatchObject({ events: 2, commands: 0 });
  expect(queue.bytes).toBeGreaterThan(50);
  expect(disk).toEqual({ free: 5e9, total: 9e9 });
  await appended;
  expect(store.figures().queue).toEqual({ events: 0, bytes: 0, commands: 0 });
  expect(store.figures().file?.database).toBeGreaterThan(0);
});

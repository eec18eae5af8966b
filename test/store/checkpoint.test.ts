import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import Database from "libsql";
import type { CheckpointReply, CheckpointRequest } from "../../src/store/checkpoint-worker.ts";
import { appendAll, createFileDatabase, newEvent } from "../support/store.ts";

const WORKER = new URL("../../src/store/checkpoint-worker.ts", import.meta.url).href;

/** Asks the thread for a checkpoint; `meanwhile` runs until it answers. */
async function checkpoint(path: string, meanwhile: () => void): Promise<CheckpointReply> {
  const worker = new Worker(WORKER);
  let reply: CheckpointReply | undefined;
  worker.onmessage = ({ data }: MessageEvent<CheckpointReply>) => {
    reply = data;
  };
  worker.postMessage({ kind: "checkpoint", path, mode: "TRUNCATE" } satisfies CheckpointRequest);
  while (reply === undefined) {
    meanwhile();
    await Bun.sleep(1);
  }
  worker.terminate();
  return reply;
}

test("cutting the log leaves writers alone while a reader is in the way, and is done when none is", async () => {
  await using database = await createFileDatabase();
  const store = await database.open();
  await appendAll(store, [newEvent(), newEvent()]);
  const reader = new Database(database.path);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM events").get();
  await appendAll(store, [newEvent()]);

  const writer = new Database(database.path, { timeout: 0 });
  let written = 0;
  let refused = 0;
  const reply = await checkpoint(database.path, () => {
    try {
      writer.exec("BEGIN IMMEDIATE");
      writer.exec("ROLLBACK");
      written += 1;
    } catch {
      refused += 1;
    }
  });
  expect(reply).toEqual({ problem: "A writer or a reader is in the way" });
  // One that waited for the reader would have held the lock all the time.
  expect(written).toBeGreaterThan(refused);

  reader.exec("ROLLBACK");
  expect(await checkpoint(database.path, () => {})).toEqual({ log: 0, checkpointed: 0 });
  writer.close();
  reader.close();
});

/** How often the log has been begun anew: https://www.sqlite.org/fileformat2.html#walformat */
function timesBegun(log: string): number {
  const header = readFileSync(log).subarray(0, 32);
  return header.length === 32 ? header.readUInt32BE(12) : 0;
}

test("while writes come in without a pause, the log is started over in place and does not grow", async () => {
  await using database = await createFileDatabase();
  const store = await database.open();
  const log = `${database.path}-wal`;
  const events = Array.from({ length: 1_000 }, (_, n) => newEvent({ url: `https://example.com/${n}`, path: `/${n}` }));
  await appendAll(store, events);
  const before = timesBegun(log);
  const sizes: number[] = [];
  while (timesBegun(log) < before + 4) {
    await appendAll(store, events);
    sizes.push(statSync(log).size);
  }
  // Cut by no one: what is written then would make it longer again.
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  expect(sizes.at(-1)).toBeLessThan(128 * 1024 * 1024);
}, 60_000);

test("while long reads follow each other without a gap, the log is begun anew all the same", async () => {
  await using database = await createFileDatabase();
  const store = await database.open();
  const log = `${database.path}-wal`;
  const events = Array.from({ length: 1_000 }, (_, n) => newEvent({ visitorId: `v${n % 7}`, path: `/${n}` }));
  for (let batch = 0; batch < 60; batch++) await appendAll(store, events);

  let isOver = false;
  let reads = 0;
  let underWay = 0;
  let gaps = 0;
  /** A filter without an index, in a thread of its own: it looks at every event. */
  async function readOn(): Promise<void> {
    while (!isOver) {
      underWay += 1;
      await store.reader.listEvents({
        filter: { siteId: 1, visitorId: "nobody" },
        order: "desc",
        limit: 1,
        count: false,
      });
      underWay -= 1;
      if (underWay === 0) gaps += 1;
      reads += 1;
    }
  }
  const reading = Promise.all([readOn(), Bun.sleep(10).then(readOn)]);
  const before = timesBegun(log);
  let longest = 0;
  while (timesBegun(log) < before + 1) {
    await appendAll(store, events);
    longest = Math.max(longest, statSync(log).size);
  }
  isOver = true;
  await reading;
  expect(reads).toBeGreaterThan(20);
  // Only while it was made to wait; between two reads of one loop there was one of the other.
  expect(gaps).toBeLessThan(5);
  expect(longest).toBeLessThan(200 * 1024 * 1024);
}, 60_000);

import { expect, test } from "bun:test";
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
  expect(reply).toBe("A writer or a reader is in the way");
  // One that waited for the reader would have held the lock all the time.
  expect(written).toBeGreaterThan(refused);

  reader.exec("ROLLBACK");
  expect(await checkpoint(database.path, () => {})).toBeNull();
  writer.close();
  reader.close();
});

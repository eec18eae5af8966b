import type { Client } from "@libsql/client";
import { createIdAllocator } from "../../src/lib/ids.ts";
import type { QueueLimits } from "../../src/store/append-queue.ts";
import type { DatabaseLocation } from "../../src/store/database.ts";
import { createEventWriter, type StoreWriter } from "../../src/store/event-writer.ts";
import { createObservers } from "../../src/store/observe-store.ts";
import { prepareFile } from "../../src/store/prepare-file.ts";
import { startWriteWorker, type WriteLink } from "../../src/store/write-link.ts";
import { createTestClock } from "./clock.ts";
import { createFileDatabase, NOON, silentLog } from "./store.ts";

export interface WriterOptions {
  readonly limits?: QueueLimits;
  /** What the Worker runs instead of the writer's own script. */
  readonly script?: string;
}

/** The writer alone, on a file of its own: what a store hides can be seen and broken here. */
export interface TestWriter extends AsyncDisposable {
  readonly writer: StoreWriter;
  readonly link: WriteLink;
  readonly sql: Client;
  readonly location: DatabaseLocation;
  /** What was told about the Worker's death, each time. */
  readonly deaths: readonly unknown[];
}

export async function openTestWriter(options: WriterOptions = {}): Promise<TestWriter> {
  const database = await createFileDatabase();
  await prepareFile({ path: database.path, durability: "full", nowMs: NOON, log: silentLog });
  const deaths: unknown[] = [];
  const link = startWriteWorker((cause) => deaths.push(cause), options.script);
  await link.send({ kind: "open", location: database.location, durability: "full" });
  const writer = createEventWriter({
    link,
    ids: createIdAllocator(0, 0),
    clock: createTestClock(),
    log: silentLog,
    isDiskFull: () => false,
    onDiskFull: () => {},
    observer: createObservers(),
    awayMs: () => 0,
    ...(options.limits ? { limits: options.limits } : {}),
  });
  return {
    writer,
    link,
    sql: database.sql,
    location: database.location,
    deaths,
    async [Symbol.asyncDispose]() {
      await writer.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { StoreWriter } from "../../src/store/event-writer.ts";
import { openFileReads } from "../../src/store/file-reads.ts";
import type { Reads } from "../../src/store/reads.ts";
import { openServerReads } from "../../src/store/server-reads.ts";
import { eventually } from "../support/clock.ts";
import { ENDLESS } from "../support/endless.ts";
import { caughtUp, type Sqld, startFrozenCopy, startSqld } from "../support/sqld.ts";
import { appendAll, createFileDatabase, newEvent, openTestStore, rejection, silentLog } from "../support/store.ts";

const COUNT = "SELECT count(*) FROM events";

/** The reads of a server whose database is made and has one event. */
async function openReads(
  stack: AsyncDisposableStack,
  servers: { primary: Sqld; replica: Sqld | null },
  { waits = true } = {},
): Promise<Reads> {
  const { primary, replica } = servers;
  await using store = await openTestStore({ kind: "remote", url: primary.url });
  await appendAll(store, [newEvent()]);
  if (replica && waits) await caughtUp(primary, replica);
  const remote = (server: Sqld) => ({ kind: "remote", url: server.url }) as const;
  return openServerReads(
    {
      primary: remote(primary),
      replica: replica && remote(replica),
      durability: "normal",
      readDeadlineMs: 300,
      queryDeadlineMs: 300,
      log: silentLog,
    },
    stack,
  );
}

/** How much a process has worked so far, in hundredths of a second. */
function workOf(pid: number): number {
  const [, , , , , , , , , , , user = "0", system = "0"] =
    readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(user) + Number(system);
}

describe("reads that somebody else has thought up", () => {
  test("of a file run in a thread, and are stopped at their deadline", async () => {
    await using database = await createFileDatabase();
    await appendAll(await database.open(), [newEvent()]);
    await using stack = new AsyncDisposableStack();
    const reads = openFileReads({ path: database.path, durability: "full", readDeadlineMs: 300 }, stack);
    expect(await reads.userWritten(COUNT, [])).toBe(1);
    expect(await rejection(reads.userWritten(ENDLESS, []))).toMatchObject({ code: "deadline_exceeded" });
    expect(await reads.userWritten(COUNT, [])).toBe(1);
  });

  test("of a server without a replica are not available, and say what is missing", async () => {
    await using stack = new AsyncDisposableStack();
    const reads = await openReads(stack, { primary: stack.use(await startSqld()), replica: null });
    const refused = await rejection(reads.userWritten(COUNT, []));
    expect(refused).toMatchObject({ code: "not_available" });
    expect(refused.message).toContain("FOOTFALL_REPLICA_URL");
  });

  test("of a server with a replica run there alone, and stop working there at their deadline", async () => {
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await startSqld());
    const replica = stack.use(await startSqld({ replicaOf: primary }));
    const reads = await openReads(stack, { primary, replica });
    expect(await reads.userWritten(COUNT, [])).toBe(1);

    const before = workOf(primary.pid());
    const endless = await Promise.all(Array.from({ length: 6 }, () => rejection(reads.userWritten(ENDLESS, []))));
    expect(endless).toMatchObject(Array.from({ length: 6 }, () => ({ code: "deadline_exceeded" })));
    expect(workOf(primary.pid()) - before).toBeLessThan(50);
    await eventually("the replica is idle", 10_000, async () => {
      const work = workOf(replica.pid());
      await Bun.sleep(200);
      return workOf(replica.pid()) === work;
    });
    expect(await reads.userWritten(COUNT, [])).toBe(1);

    // They have no business at the primary, whatever happens to the replica.
    await replica.kill();
    expect(await rejection(reads.userWritten(COUNT, []))).toMatchObject({ code: "overloaded" });
    expect(await reads.unbounded(COUNT, [])).toBe(1);
  });

  test("wait for the replica until it has what this process has stored and deleted", async () => {
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await startSqld());
    const replica = stack.use(await startSqld({ replicaOf: primary }));
    const reads = await openReads(stack, { primary, replica });
    const store = stack.use(await openTestStore({ kind: "remote", url: primary.url }));
    const writer = reads.watching(store.writer as StoreWriter);
    const live = `${COUNT} WHERE deleted_at IS NULL`;
    for (let n = 0; n < 20; n++) {
      const [stored] = await writer.append([newEvent()]);
      if (stored?.outcome !== "stored") throw new Error(JSON.stringify(stored));
      expect(await reads.userWritten(live, [])).toBe(2);
      const request = { siteId: 1, kind: "event", filter: null, reason: null, by: "a", nowMs: 1, purgeAt: 2 } as const;
      await writer.run("markEvents", { request, ids: [stored.id], cap: 100 });
      expect(await reads.userWritten(live, [])).toBe(1);
    }
  });

  describe.each(["this", "another"])("go on where %s process has removed the newest event for good", (who) => {
    test.each(["purge", "clear"])("by a %s: the replica cannot have it any more", async (how) => {
      await using stack = new AsyncDisposableStack();
      const primary = stack.use(await startSqld());
      const replica = stack.use(await startSqld({ replicaOf: primary }));
      const reads = await openReads(stack, { primary, replica });
      const store = stack.use(await openTestStore({ kind: "remote", url: primary.url }));
      const stored = store.writer as StoreWriter;
      const writer = who === "this" ? reads.watching(stored) : stored;
      const newest = await store.reader.findLast();
      const mark = { siteId: 1, kind: "event", filter: null, reason: null, by: "a", nowMs: 1, purgeAt: 2 } as const;
      await writer.run("markEvents", { request: mark, ids: [newest?.id ?? 0], cap: 100 });
      if (how === "clear") await writer.run("clear", undefined);
      else await writer.run("purgeSome", { nowMs: 2, steps: [], by: "a" });
      if (who === "another") await reads.configVersion();
      expect(await reads.userWritten(COUNT, [])).toBe(0);
    });
  });

  test("are refused after a while where the replica stays behind", async () => {
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await startSqld());
    await using store = await openTestStore({ kind: "remote", url: primary.url });
    const replica = stack.use(await startFrozenCopy(primary));
    const reads = await openReads(stack, { primary, replica }, { waits: false });
    const refused = await rejection(reads.userWritten(COUNT, []));
    expect(refused).toMatchObject({ code: "overloaded", retryAfter: 1 });
    expect(refused.message).toContain("behind");
    await store.close();
  }, 20_000);
});

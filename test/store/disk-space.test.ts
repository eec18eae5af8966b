import { describe, expect, test } from "bun:test";
import { watchDisk } from "../../src/store/disk-space.ts";
import { eventually } from "../support/clock.ts";
import { appendAll, createFileDatabase, newEvent, rejection } from "../support/store.ts";

const MB = 1024 * 1024;
const GB = 1024 * MB;

/** Free space is looked at a few times a second. */
const SEEN_WITHIN_MS = 2_000;

describe("a store whose disk is nearly full", () => {
  test("refuses appends, still reads, and takes appends again once there is space", async () => {
    await using database = await createFileDatabase();
    const disk = { free: 10 * GB, total: 100 * GB };
    const store = await database.open({ measureDisk: async () => disk });
    const [id] = await appendAll(store, [newEvent()]);
    disk.free = 60 * MB;
    const refused = await eventually("appends are refused", SEEN_WITHIN_MS, () =>
      store.writer.append([newEvent()]).then(
        () => null,
        (error: unknown) => error,
      ),
    );
    expect(refused).toMatchObject({ code: "disk_full", retryAfter: 60 });
    expect(await store.reader.findEvent(id as number)).not.toBeNull();
    // Settings and purges must go on: they are what gives room.
    await store.kv.set("a", "1");
    disk.free = 65 * MB;
    await eventually("appends are taken", SEEN_WITHIN_MS, () =>
      store.writer.append([newEvent()]).then(
        () => true,
        () => false,
      ),
    );
  });

  test("says so from its first append on", async () => {
    await using database = await createFileDatabase();
    const store = await database.open({ measureDisk: async () => ({ free: 0, total: 100 * GB }) });
    expect(await rejection(store.writer.append([newEvent()]))).toMatchObject({ code: "disk_full" });
  });
});

describe("the watch of a disk", () => {
  test.each([
    ["a large one with 64 MB", { free: 64 * MB, total: 100 * GB }, false],
    ["a large one with less", { free: 64 * MB - 1, total: 100 * GB }, true],
    ["a small one with a tenth", { free: 10 * MB, total: 100 * MB }, false],
    ["a small one with less", { free: 10 * MB - 1, total: 100 * MB }, true],
  ])("takes %s as it is", async (_, disk, isFull) => {
    const watch = await watchDisk("/any", async () => disk);
    expect(watch.isFull()).toBe(isFull);
    watch.stop();
  });

  test("does not take a disk for full that cannot be measured", async () => {
    const watch = await watchDisk("/any", () => Promise.reject(new Error("no such disk")));
    expect(watch.isFull()).toBe(false);
    watch.stop();
  });

  test("believes the database that reports a full disk, until a measurement finds space", async () => {
    const watch = await watchDisk("/any", async () => ({ free: GB, total: 2 * GB }));
    watch.reportFull();
    expect(watch.isFull()).toBe(true);
    await eventually("space is found", SEEN_WITHIN_MS, () => !watch.isFull());
    watch.stop();
  });

  test("asks a disk that hangs once, not again and again", async () => {
    let asked = 0;
    const watch = await watchDisk("/any", () => {
      asked += 1;
      return asked === 1 ? Promise.resolve({ free: GB, total: 2 * GB }) : new Promise(() => {});
    });
    const until = performance.now() + 800;
    await eventually("three more times to ask have come", 2_000, () => performance.now() > until);
    expect(asked).toBe(2);
    watch.stop();
  });
});

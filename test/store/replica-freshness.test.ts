import { describe, expect, test } from "bun:test";
import type { AppendResult } from "../../src/domain/ports.ts";
import type { StoreWriter } from "../../src/store/event-writer.ts";
import { createReplicaFreshness } from "../../src/store/replica-freshness.ts";
import type { Marks } from "../../src/store/replica-marks.ts";
import type { CommandName } from "../../src/store/write-commands.ts";
import { createTestClock } from "../support/clock.ts";
import { newEvent, rejection } from "../support/store.ts";

/** A writer that stores nothing, and hands out ids from `first` on. */
function createWriter(first: number): StoreWriter {
  let id = first;
  return {
    append: async (events) => events.map(() => ({ outcome: "stored", id: id++, receivedAt: 0 })),
    run: (name: string) => (name === "kvSet" ? Promise.resolve() : Promise.reject(new Error("lost"))),
    onStored: () => ({ [Symbol.dispose]() {} }),
    commits: () => 0,
    queue: () => ({ events: 0, bytes: 0, commands: 0 }),
    hurry() {},
    refuseAppends() {},
    close: async () => {},
  } as StoreWriter;
}

const AT_START = { event: 100, audit: 10, version: 1 };

function setUp() {
  const clock = createTestClock(0);
  let stored = 0;
  const looks: Marks[] = [];
  const freshness = createReplicaFreshness({
    marks: AT_START,
    onStored: () => stored++,
    async look() {
      const next = looks.shift();
      if (next) freshness.observed(next);
    },
    realTime: clock.now,
  });
  return { clock, freshness, looks, stored: () => stored, writer: freshness.watching(createWriter(200)) };
}

const someCommand = (writer: StoreWriter) => rejection(writer.run("removeEvents" as CommandName, undefined));

describe("what a replica must have", () => {
  test("is what the primary had when this process began", () => {
    expect(setUp().freshness.requiredFor([1])).toEqual({ ...AT_START, stored: [] });
  });

  test("is never more than the primary has now: the newest event may have been removed for good", () => {
    const { clock, freshness } = setUp();
    clock.advance(6_000);
    freshness.observed({ event: 120, audit: 10, version: 1 });
    freshness.observed({ event: 90, audit: 11, version: 1 });
    expect(freshness.requiredFor([1])).toMatchObject({ event: 90, audit: 10 });
    clock.advance(5_000);
    freshness.observed({ event: 130, audit: 12, version: 1 });
    expect(freshness.requiredFor([1])).toMatchObject({ event: 90, audit: 10 });
    clock.advance(5_000);
    freshness.observed({ event: 140, audit: 13, version: 1 });
    expect(freshness.requiredFor([1])).toMatchObject({ event: 130, audit: 12 });
  });

  test("is also the last event that this process has stored of the sites, for 5 seconds", async () => {
    const { clock, freshness, stored, writer } = setUp();
    await writer.append([newEvent({ siteId: 1 }), newEvent({ siteId: 2 }), newEvent({ siteId: 1 })]);
    expect(stored()).toBe(1);
    expect(freshness.requiredFor([1])?.stored).toEqual([202]);
    expect(freshness.requiredFor([2])?.stored).toEqual([201]);
    expect(freshness.requiredFor([3])?.stored).toEqual([]);
    expect(freshness.requiredFor([1, 2, 3, 1])?.stored).toEqual([202, 201]);
    clock.advance(4_999);
    expect(freshness.requiredFor([1])?.stored).toEqual([202]);
    clock.advance(1);
    expect(freshness.requiredFor([1])?.stored).toEqual([]);
  });

  test("is what the primary was seen to have 5 to 10 seconds ago; of sites, keys and deletions, what it was last", () => {
    const { clock, freshness } = setUp();
    const floors = [];
    for (let second = 1; second <= 16; second++) {
      clock.advance(1_000);
      freshness.observed({ event: 100 + second, audit: 10 + second, version: 1 + second });
      const required = freshness.requiredFor([1]);
      floors.push(required?.event);
      expect(required).toEqual({
        event: required?.event ?? 0,
        audit: (required?.event ?? 0) - 90,
        version: 1 + second,
        stored: [],
      });
    }
    expect(floors).toEqual([100, 100, 100, 100, 100, 100, 100, 100, 100, 105, 105, 105, 105, 105, 110, 110]);
  });

  test("cannot be said after an event that was there before came again, until the next one is stored", async () => {
    const { clock, freshness } = setUp();
    const duplicate = { outcome: "duplicate", id: 300, receivedAt: 0 } as const;
    const results: AppendResult[] = [duplicate, { outcome: "rejected", reason: "" }];
    const writer = freshness.watching({ ...createWriter(0), append: async () => results });
    await writer.append([newEvent(), newEvent()]);
    expect(freshness.requiredFor([1])).toBeNull();
    expect(freshness.requiredFor([2])).not.toBeNull();
    clock.advance(5_000);
    expect(freshness.requiredFor([1])?.stored).toEqual([]);
    // What is stored with it is younger, whatever their ids say.
    results[1] = { outcome: "stored", id: 250, receivedAt: 0 };
    await writer.append([newEvent(), newEvent()]);
    expect(freshness.requiredFor([1])?.stored).toEqual([250]);
  });

  test("cannot be said for 5 seconds after a command that may have changed events, done or failed", async () => {
    const { clock, freshness, writer } = setUp();
    await writer.run("kvSet", { key: "a", value: "", expiresAtMs: null });
    expect(freshness.requiredFor([1])).not.toBeNull();
    expect((await someCommand(writer)).message).toBe("lost");
    expect(freshness.requiredFor([1])).toBeNull();
    clock.advance(5_000);
    expect(freshness.requiredFor([1])).not.toBeNull();
  });
});

describe("what a replica must have for a read that cannot go to the primary", () => {
  test("is all that this process has stored or found stored in the last 5 seconds", async () => {
    const { clock, freshness, writer } = setUp();
    await writer.append([newEvent({ siteId: 1 }), newEvent({ siteId: 2 })]);
    expect(await freshness.requiredForAll()).toEqual({ ...AT_START, stored: [201] });
    const again = freshness.watching({
      ...writer,
      append: async () => [{ outcome: "duplicate", id: 300, receivedAt: 0 }],
    });
    await again.append([newEvent()]);
    expect((await freshness.requiredForAll()).stored.toSorted()).toEqual([201, 300]);
    clock.advance(5_000);
    expect((await freshness.requiredForAll()).stored).toEqual([]);
  });

  test("is what the primary has after a command that may have changed events; what was stored before may be gone", async () => {
    const { freshness, looks, writer } = setUp();
    looks.push({ event: 210, audit: 11, version: 2 });
    await writer.append([newEvent()]);
    await someCommand(writer);
    const both = await Promise.all([freshness.requiredForAll(), freshness.requiredForAll()]);
    for (const required of both) expect(required).toEqual({ event: 100, audit: 11, version: 2, stored: [] });
    // It is looked at once for each change.
    looks.push({ event: 220, audit: 12, version: 3 });
    expect((await freshness.requiredForAll()).audit).toBe(11);
    await someCommand(writer);
    expect((await freshness.requiredForAll()).audit).toBe(12);
  });
});

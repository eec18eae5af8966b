import { describe, expect, test } from "bun:test";
import type { StoreWriter } from "../../src/store/event-writer.ts";
import { createReplicaFreshness } from "../../src/store/replica-freshness.ts";
import type { CommandName } from "../../src/store/write-commands.ts";
import { createTestClock } from "../support/clock.ts";
import { newEvent, rejection } from "../support/store.ts";

/** A writer that stores nothing, and hands out ids from `first` on. */
function createWriter(first: number): StoreWriter {
  let id = first;
  return {
    append: async (events) => events.map(() => ({ outcome: "stored", id: id++, receivedAt: 0 })),
    run: (name: string) => (name === "kvSet" ? Promise.resolve() : Promise.reject(new Error("lost"))),
    commits: () => 0,
    refuseAppends() {},
    close: async () => {},
  } as StoreWriter;
}

function setUp() {
  const clock = createTestClock(0);
  let stored = 0;
  const freshness = createReplicaFreshness({ largestId: 100, onStored: () => stored++, realTime: clock.now });
  return { clock, freshness, stored: () => stored, writer: freshness.watching(createWriter(200)) };
}

describe("what a replica must have", () => {
  test("is what the primary had when this process began", () => {
    expect(setUp().freshness.requiredFor(1)).toEqual({ floor: 100, stored: null });
  });

  test("is also the last event that this process has stored of the site, for 5 seconds", async () => {
    const { clock, freshness, stored, writer } = setUp();
    await writer.append([newEvent({ siteId: 1 }), newEvent({ siteId: 2 }), newEvent({ siteId: 1 })]);
    expect(stored()).toBe(1);
    expect(freshness.requiredFor(1)).toEqual({ floor: 100, stored: 202 });
    expect(freshness.requiredFor(2)).toEqual({ floor: 100, stored: 201 });
    expect(freshness.requiredFor(3)).toEqual({ floor: 100, stored: null });
    clock.advance(4_999);
    expect(freshness.requiredFor(1)?.stored).toBe(202);
    clock.advance(1);
    expect(freshness.requiredFor(1)?.stored).toBeNull();
  });

  test("is what the primary was seen to have 5 to 10 seconds ago", () => {
    const { clock, freshness } = setUp();
    const floors = [];
    for (let second = 1; second <= 16; second++) {
      clock.advance(1_000);
      freshness.observed(100 + second);
      floors.push(freshness.requiredFor(1)?.floor);
    }
    expect(floors).toEqual([100, 100, 100, 100, 100, 100, 100, 100, 100, 105, 105, 105, 105, 105, 110, 110]);
  });

  test("is an event that was there before and was sent again, where it is the younger one", async () => {
    const { freshness } = setUp();
    const repeats = [
      { outcome: "duplicate", id: 300, receivedAt: 0 },
      { outcome: "stored", id: 250, receivedAt: 0 },
      { outcome: "rejected", reason: "" },
    ] as const;
    const writer = freshness.watching({ ...createWriter(0), append: async () => repeats });
    await writer.append([newEvent(), newEvent(), newEvent()]);
    expect(freshness.requiredFor(1)?.stored).toBe(300);
  });

  test("cannot be said for 5 seconds after a command that may have changed events, done or failed", async () => {
    const { clock, freshness, writer } = setUp();
    await writer.run("kvSet", { key: "a", value: "", expiresAtMs: null });
    expect(freshness.requiredFor(1)).not.toBeNull();
    expect((await rejection(writer.run("removeEvents" as CommandName, undefined))).message).toBe("lost");
    expect(freshness.requiredFor(1)).toBeNull();
    clock.advance(5_000);
    expect(freshness.requiredFor(1)).not.toBeNull();
  });
});

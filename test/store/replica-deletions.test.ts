import { describe, expect, test } from "bun:test";
import type { LargeDeletion } from "../../src/domain/deletion-ports.ts";
import type { Store } from "../../src/domain/ports.ts";
import { MS_PER_DAY } from "../../src/lib/clock.ts";
import { carryOut } from "../support/carry-out.ts";
import { eventually } from "../support/clock.ts";
import { startLagging, startReplicated } from "../support/replicated.ts";
import { caughtUp } from "../support/sqld.ts";
import { appendAll, NOON, newEvent, rejection } from "../support/store.ts";

const CAP = 1_000;
const PAGE = "json_group_array";

const request = { siteId: 1, reason: null, by: "tester", nowMs: NOON, purgeAt: NOON + MS_PER_DAY } as const;
const everything: LargeDeletion = {
  ...request,
  kind: "filter",
  filter: {},
  erases: false,
  lastEventId: Number.MAX_SAFE_INTEGER,
  expected: 10,
};

async function seenBy({ reader, siteEvents, attribution }: Store): Promise<readonly unknown[]> {
  const filter = { siteId: 1 };
  const listed = await reader.listEvents({ filter, order: "desc", limit: 10, count: true });
  const range = { from: 0, to: NOON + 1 };
  const shown = await siteEvents.listSiteEvents({ ...filter, ...range, includeTest: false, limit: 10 });
  const counts = await siteEvents.countSiteEvents([1], range);
  const clicked = await attribution.listEvents({ filter, offset: 0, limit: 10 });
  const { click } = await attribution.countEvents(1);
  return [
    listed.events.length,
    listed.total,
    shown.events.length,
    counts.get(1),
    clicked.events.length,
    clicked.total,
    click,
  ];
}

/** Events that each reader shows: a click that can be attributed and was a bot's. */
const clickOfBot = () => newEvent({ type: "click", clickId: "c", botName: "GPTBot" });

describe("with a replica", () => {
  test("all lists and counts of events are read there; uses of keys and records of changes do not alter that", async () => {
    await using at = await startReplicated();
    await appendAll(await at.open(), [clickOfBot(), clickOfBot()]);
    await caughtUp(at.primary, at.replica);
    const store = await at.open();
    await store.audit.record({ action: "key.create", by: "tester" });
    await caughtUp(at.primary, at.replica);
    store.keys.noteUse("abcdefgh", NOON);
    const texts = ["json_group", "event_totals", "day_counts"];
    const asked = texts.map(at.toPrimary.count);
    expect(await seenBy(store)).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect(texts.map(at.toPrimary.count)).toEqual(asked);
    for (const text of texts) expect(at.toReplica.count(text)).toBeGreaterThan(0);
  });

  test("a deletion that another process has accepted is heeded, however far behind the replica is", async () => {
    await using at = await startLagging([clickOfBot(), clickOfBot()]);
    const [here, there] = [await at.open(), await at.open()];
    expect(await seenBy(here)).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect(at.toPrimary.count(PAGE)).toBe(0);
    expect((await there.deletions.accept(everything, CAP)).outcome).toBe("accepted");
    expect(await seenBy(there)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    await eventually("it is heeded", 5_000, async () => (await seenBy(here))[0] === 0);
    expect(await seenBy(here)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    await carryOut(there);
    // A second look after its end: nothing is hidden any more, and the replica does not have the marks.
    const looks = at.toPrimary.count("config_version");
    await eventually("its end is seen", 5_000, () => at.toPrimary.count("config_version") > looks + 2);
    expect(await seenBy(here)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  }, 20_000);

  test("what this process deletes at once is gone at once, and back at once when it is restored", async () => {
    await using at = await startLagging([clickOfBot()]);
    const store = await at.open();
    const deleted = await store.deletions.mark({ ...request, kind: "event", filter: null }, [at.ids[0] as number], CAP);
    expect(await seenBy(store)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    if (deleted.outcome !== "accepted") throw new Error(deleted.outcome);
    await store.deletions.restore({ id: deleted.deletion.id, by: "tester", nowMs: NOON });
    expect(await seenBy(store)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test("a deletion does not go by it while the primary is away: it waits, and misses nothing", async () => {
    await using at = await startLagging([newEvent(), newEvent()]);
    const store = await at.open();
    // The replica never hears of these.
    await appendAll(store, [newEvent(), newEvent(), newEvent()]);
    expect((await store.deletions.accept(everything, CAP)).outcome).toBe("accepted");
    const deletion = await store.deletionWork.next();
    if (!deletion) throw new Error("There is nothing to do");
    await at.primary.kill();
    for (const asked of [
      store.deletionWork.walk(deletion, null),
      store.deletionWork.next(),
      store.deletions.countStored({ siteId: 1 }),
      store.deletions.findVisible({ siteId: 1 }, 10),
      store.deletions.largestEventId(),
      store.purges.due({ nowMs: NOON, steps: [], by: "tester" }),
    ]) {
      expect(await rejection(asked)).toMatchObject({ code: "overloaded" });
    }
    await at.primary.restart();
    await eventually("it answers again", 10_000, () =>
      carryOut(store).then(
        () => true,
        () => false,
      ),
    );
    expect(await store.deletions.find(deletion.id)).toMatchObject({ state: "deleted", events: 5 });
  }, 30_000);
});

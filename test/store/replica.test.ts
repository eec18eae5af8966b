import { describe, expect, test } from "bun:test";
import type { Store } from "../../src/domain/ports.ts";
import { newKey, newSite } from "../contract/store/site.ts";
import { eventually } from "../support/clock.ts";
import { connect, startLagging, startReplicated } from "../support/replicated.ts";
import { caughtUp, startFrozenCopy, startSqld } from "../support/sqld.ts";
import { appendAll, NOON, newEvent, openTestStore, rejection } from "../support/store.ts";

const PAGE = "json_group_array";
const TOTAL = "sum(n), 0) FROM event_totals";
const ONE = "FROM events WHERE id = ?1 AND deleted_at";

const list = (store: Store, siteId = 1, count = true) =>
  store.reader.listEvents({ filter: { siteId }, order: "desc", limit: 10, count });

const idsOf = async (store: Store, siteId = 1) => (await list(store, siteId)).events.map(({ id }) => id);

const key = newKey({ permissions: ["events:read"], siteIds: null });

describe("with a replica", () => {
  test("lists and totals are read there, everything else from the primary", async () => {
    await using at = await startReplicated();
    const store = await at.open();
    const site = await store.sites.addSite(newSite());
    await store.keys.addKey(key);
    const [id] = (await appendAll(store, [newEvent({ siteId: site.id })])) as [number];
    await caughtUp(at.primary, at.replica);

    expect((await list(store, site.id)).total).toBe(1);
    expect(await store.reader.findEvent(id)).toMatchObject({ id });
    expect(await store.sites.findSite({ by: "id", id: site.id })).toEqual(site);
    expect(await store.keys.findKey("abcdefgh")).toEqual(key);
    expect(await store.kv.get("nothing")).toBeNull();
    for (const text of [PAGE, TOTAL]) {
      expect([text, at.toReplica.count(text), at.toPrimary.count(text)]).toEqual([text, 1, 0]);
    }
    for (const text of [ONE, 'from \\"sites\\"', 'from \\"api_keys\\"', 'from \\"kv\\"']) {
      expect([text, at.toReplica.count(text), at.toPrimary.count(text)]).toEqual([text, 0, 1]);
    }
  });

  test("what this process has just stored is listed, however far behind the replica is", async () => {
    await using at = await startLagging([newEvent()]);
    const store = await at.open();
    expect(await idsOf(store)).toEqual([...at.ids]);
    expect(at.toPrimary.count(PAGE)).toBe(0);
    const [second] = (await appendAll(store, [newEvent()])) as [number];
    expect(await idsOf(store)).toEqual([second, ...at.ids]);
    expect((await list(store)).total).toBe(2);
    // Of another site nothing is lacking there.
    const asked = at.toPrimary.count(PAGE);
    expect(await idsOf(store, 2)).toEqual([]);
    expect(at.toPrimary.count(PAGE)).toBe(asked);
  });

  test("an event that was there before and is sent again is listed, although the replica lacks it", async () => {
    await using at = await startLagging([]);
    const [here, there] = [await at.open(), await at.open()];
    const event = newEvent({ dedupeKey: "e:a" });
    const ids = await appendAll(there, [event]);
    expect(await idsOf(here)).toEqual([]);
    expect((await here.writer.append([event]))[0]).toMatchObject({ outcome: "duplicate", id: ids[0] });
    expect(await idsOf(here)).toEqual(ids);
  });

  test("what another process has stored is listed when the replica has it", async () => {
    await using at = await startReplicated();
    const [here, there] = [await at.open(), await at.open()];
    const ids = await appendAll(there, [newEvent()]);
    await caughtUp(at.primary, at.replica);
    expect(await idsOf(here)).toEqual(ids);
    expect(at.toReplica.count(PAGE)).toBe(1);
  });

  test("one that is empty is not believed: the primary had events when this process began", async () => {
    await using at = await startReplicated();
    const ids = await appendAll(await at.open(), [newEvent()]);
    await using empty = await startSqld();
    await using store = await openTestStore({ kind: "remote", url: at.primary.url }, { replicaUrl: empty.url });
    expect(await idsOf(store)).toEqual(ids);
  });

  test("one that is away, or hangs, is passed over", async () => {
    await using at = await startReplicated();
    const store = await at.open();
    const ids = await appendAll(store, [newEvent()]);
    at.replica.signal("SIGSTOP");
    expect(await idsOf(store)).toEqual(ids);
    await at.replica.kill();
    expect(await idsOf(store)).toEqual(ids);
    expect(await store.ping()).toBe("ready");
    await at.replica.restart();
    await eventually("it is asked again", 10_000, async () => {
      const before = at.toReplica.count(PAGE);
      await list(store);
      return at.toReplica.count(PAGE) > before;
    });
  }, 30_000);

  test("that begins anew after the primary has died never makes a list shorter, or fail", async () => {
    await using at = await startReplicated();
    const store = await at.open();
    const ids = await appendAll(
      store,
      Array.from({ length: 5 }, () => newEvent()),
    );
    await caughtUp(at.primary, at.replica);
    for (let death = 0; death < 3; death++) {
      await at.primary.kill();
      const restarted = at.primary.restart();
      for (let n = 0; n < 50; n++) expect((await idsOf(store)).length).toBe(ids.length);
      await restarted;
      const until = performance.now() + 1_500;
      while (performance.now() < until) expect((await idsOf(store)).length).toBe(ids.length);
    }
  }, 30_000);
});

describe("while the primary is away", () => {
  test("lists, single events, sites and keys are read from the replica, and no more is promised than is known", async () => {
    const primary = await startSqld();
    const before = await openTestStore({ kind: "remote", url: primary.url });
    const site = await before.sites.addSite(newSite());
    await before.keys.addKey(key);
    const ids = await appendAll(before, [newEvent({ siteId: site.id })]);
    await before.close();
    await using at = connect(primary, await startFrozenCopy(primary));
    const store = await at.open();
    const [unseen] = (await appendAll(store, [newEvent({ siteId: site.id })])) as [number];
    await at.primary.kill();

    expect(await idsOf(store, site.id)).toEqual(ids);
    expect((await list(store, site.id)).total).toBe(1);
    expect(await store.reader.findEvent(ids[0] as number)).toMatchObject({ id: ids[0] });
    expect(await store.sites.findSite({ by: "scope", text: "example-com" })).toEqual(site);
    expect(await store.keys.findKey("abcdefgh")).toEqual(key);
    expect((await store.sites.listSites()).length).toBe(1);
    expect(await store.ping()).toBe("read_only");

    // It is stored, and the replica does not have it; a key that is not there might be, too.
    expect(await rejection(store.reader.findEvent(unseen))).toMatchObject({ code: "overloaded" });
    expect(await rejection(store.keys.findKey("unknown0"))).toMatchObject({ code: "overloaded" });
    expect(await rejection(store.kv.get("a"))).toMatchObject({ code: "overloaded" });
    expect(await rejection(store.writer.append([newEvent()]))).toMatchObject({ code: "overloaded" });

    await at.primary.restart();
    await eventually("all is well", 10_000, async () => (await store.ping()) === "ready");
    await eventually("events are stored", 10_000, () =>
      store.writer.append([newEvent({ siteId: site.id })]).then(
        () => true,
        () => false,
      ),
    );
    // No look at the primary is needed for that.
    expect(await idsOf(store, site.id)).toHaveLength(3);
    expect(await store.keys.findKey("unknown0")).toBeNull();
  }, 30_000);

  test("a revocation that the replica has heard of counts", async () => {
    await using at = await startReplicated();
    const store = await at.open();
    await store.keys.addKey(key);
    expect((await store.keys.findKey("abcdefgh"))?.revokedAt).toBeNull();
    await using other = await openTestStore({ kind: "remote", url: at.primary.url }, { role: "command" });
    await other.keys.revokeKey("abcdefgh", NOON);
    await caughtUp(at.primary, at.replica);
    await at.primary.kill();
    await eventually("it is revoked", 5_000, async () => (await store.keys.findKey("abcdefgh"))?.revokedAt === NOON);
  }, 30_000);
});

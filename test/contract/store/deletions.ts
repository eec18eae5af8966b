import { describe, expect, test } from "bun:test";
import type { Deletion, DeletionFilter, DeletionRequest } from "../../../src/domain/deletion.ts";
import type { Acceptance, LargeDeletion } from "../../../src/domain/deletion-ports.ts";
import type { EventFilter, EventScanQuery, Store } from "../../../src/domain/ports.ts";
import { MS_PER_DAY } from "../../../src/lib/clock.ts";
import { carryOut } from "../../support/carry-out.ts";
import { appendAll, NOON, newEvent, type TestDatabase } from "../../support/store.ts";

const CAP = 1_000_000;
const PURGE_AT = NOON + MS_PER_DAY;

const request = (said: Partial<DeletionRequest> = {}): DeletionRequest => ({
  siteId: 1,
  kind: "events",
  filter: null,
  reason: null,
  by: "tester",
  nowMs: NOON,
  purgeAt: PURGE_AT,
  ...said,
});

const large = (said: Partial<LargeDeletion> = {}): LargeDeletion => ({
  ...request({ kind: "filter", filter: {} }),
  erases: false,
  lastEventId: Number.MAX_SAFE_INTEGER,
  expected: 10,
  ...said,
});

function accepted(acceptance: Acceptance): Deletion {
  if (acceptance.outcome !== "accepted") throw new Error(`Not accepted: ${JSON.stringify(acceptance)}`);
  return acceptance.deletion;
}

/** The ids that a walk in stretches meets. */
async function scan({ reader }: Pick<Store, "reader">, query: EventScanQuery): Promise<number[]> {
  const { events, next } = await reader.scanEvents(query);
  return next === null ? [] : [...events.map(({ id }) => id), ...(await scan({ reader }, { ...query, after: next }))];
}

/** Everything that a site's readers can say of it. */
async function seen(store: Store, siteId: number, ids: readonly number[]) {
  const { reader } = store;
  const filter = { siteId };
  const listed = await reader.listEvents({ filter, order: "desc", limit: 1_000, count: true });
  const arrived = await reader.listEvents({ filter, order: "received", limit: 1_000, count: false });
  const ranged = await reader.countEvents({ ...filter, from: 0 });
  const partly = await reader.countEvents({ ...filter, from: 1, to: NOON + 10 * MS_PER_DAY + 5 });
  const types = await Promise.all(["pageview", "click"].map((type) => reader.countEvents({ ...filter, type })));
  const found = await Promise.all(ids.map((id) => reader.findEvent(id)));
  return {
    listed: listed.events.map(({ id }) => id).toSorted((a, b) => a - b),
    arrived: arrived.events.map(({ id }) => id),
    scanned: (await scan(store, { filter, order: "asc" })).toSorted((a, b) => a - b),
    followed: await scan(store, { filter, order: "received" }),
    found: ids.filter((_, n) => found[n] !== null),
    totals: [listed.total, ranged, partly, (types[0] ?? 0) + (types[1] ?? 0)],
  };
}

/** Expects that readers see these events of site 1, and nothing else, however they look. */
async function expectSeen(store: Store, ids: readonly number[], all: readonly number[]): Promise<void> {
  const n = ids.length;
  expect(await seen(store, 1, all)).toEqual({
    listed: [...ids],
    arrived: [...ids],
    scanned: [...ids],
    followed: [...ids],
    found: [...ids],
    totals: [n, n, n, n],
  });
}

async function pendingOf({ sql }: TestDatabase): Promise<number> {
  const { rows } = await sql.execute("SELECT coalesce(sum(n), 0) AS n FROM pending_deletions");
  return Number(rows[0]?.n);
}

const click = { type: "click" } as const;

/** Twelve events of site 1, every third one a click, and one of site 2. */
async function fill(store: Store): Promise<readonly number[]> {
  const events = Array.from({ length: 12 }, (_, n) =>
    newEvent({ ...(n % 3 === 0 ? click : {}), occurredAt: NOON + n, visitorId: `v${n % 2}`, dedupeKey: `e:${n}` }),
  );
  const ids = await appendAll(store, events);
  await appendAll(store, [newEvent({ siteId: 2, ...click })]);
  return ids;
}

export function deletionsContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("events that are marked at once", () => {
    test("are gone for every reader, counted by their deletion, and known to their dedupe keys", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const gone = ids.slice(2, 5);
      const deletion = accepted(await store.deletions.mark(request({ reason: "why" }), [...gone, 1], CAP));
      expect(deletion).toEqual({
        ...request({ reason: "why" }),
        id: 1,
        state: "deleted",
        createdAt: NOON,
        lastEventId: null,
        endedAt: null,
        expected: 3,
        events: 3,
        restored: 0,
        purged: 0,
        nowMs: undefined,
      } as unknown as Deletion);
      await expectSeen(
        store,
        ids.filter((id) => !gone.includes(id)),
        ids,
      );
      expect(await store.writer.append([newEvent({ dedupeKey: "e:2" })])).toMatchObject([
        { outcome: "duplicate", id: gone[0] },
      ]);
      expect(await pendingOf(database)).toBe(3);
    });

    test("are none where there is no such event, it is another site's, or marked already", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      await store.deletions.mark(request(), [ids[0] as number], CAP);
      expect(await store.deletions.mark(request(), [1, ids[0] as number], CAP)).toEqual({ outcome: "nothing" });
      expect(await store.deletions.mark(request({ siteId: 2 }), ids, CAP)).toEqual({ outcome: "nothing" });
      expect(await store.deletions.list({ siteIds: null, limit: 10 })).toHaveLength(1);
      expect(await pendingOf(database)).toBe(1);
    });

    test("are as many as the cap allows, as a whole or not at all; told when there is room", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const mark = (from: number, to: number, purgeAt: number) =>
        store.deletions.mark(request({ purgeAt }), ids.slice(from, to), 5);
      expect((await mark(0, 2, PURGE_AT)).outcome).toBe("accepted");
      expect((await mark(2, 4, PURGE_AT + 1)).outcome).toBe("accepted");
      expect(await mark(4, 6, PURGE_AT + 2)).toEqual({ outcome: "full", roomAt: PURGE_AT });
      expect(await mark(4, 7, PURGE_AT + 2)).toEqual({ outcome: "full", roomAt: PURGE_AT });
      expect(await mark(4, 8, PURGE_AT + 2)).toEqual({ outcome: "full", roomAt: PURGE_AT + 1 });
      expect((await mark(4, 5, PURGE_AT + 2)).outcome).toBe("accepted");
      expect(await mark(5, 6, PURGE_AT + 2)).toEqual({ outcome: "full", roomAt: PURGE_AT });
      await expectSeen(store, ids.slice(5), ids);
    });

    test("never pass the cap together, however many are marked at the same time", async () => {
      await using database = await createDatabase();
      const stores = [await database.open(), await database.open({ role: "command" })];
      const ids = await fill(stores[0] as Store);
      const answers = await Promise.all(
        ids.map((id, n) => stores[n % 2]?.deletions.mark(request(), [id], 7) ?? Promise.reject()),
      );
      expect(answers.filter(({ outcome }) => outcome === "accepted")).toHaveLength(7);
      expect(answers.filter(({ outcome }) => outcome === "full")).toHaveLength(5);
      expect(await pendingOf(database)).toBe(7);
    });
  });

  describe("a large deletion", () => {
    const FILTERS: readonly [string, Omit<EventFilter, "siteId">, (n: number) => boolean][] = [
      ["everything", {}, () => true],
      ["a type", { type: "click" }, (n) => n % 3 === 0],
      ["a time range", { from: NOON + 3, to: NOON + 7 }, (n) => n >= 3 && n <= 7],
      ["a visitor", { visitorId: "v1" }, (n) => n % 2 === 1],
      ["all at once", { type: "pageview", visitorId: "v0", from: NOON + 2 }, (n) => n % 3 > 0 && n % 2 === 0 && n >= 2],
      ["nothing", { url: "https://example.com/'; DROP TABLE events; --" }, () => false],
    ];
    test.each(FILTERS)("of %s hides its events at once, and then marks the same", async (_, filter, matches) => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const rest = ids.filter((_, n) => !matches(n));
      const { id } = accepted(await store.deletions.accept(large({ filter }), CAP));
      await expectSeen(store, rest, ids);
      const { rows } = await database.sql.execute("SELECT count(*) AS n FROM events WHERE deleted_at IS NOT NULL");
      expect(rows[0]?.n).toBe(0);
      expect(await seen(store, 2, [])).toMatchObject({ totals: [1, 1, 1, 1] });

      await carryOut(store);
      await expectSeen(store, rest, ids);
      const n = ids.length - rest.length;
      expect(await store.deletions.find(id)).toMatchObject({ state: "deleted", events: n, filter });
      expect(await pendingOf(database)).toBe(n);
      // As other programs see the file: the counters themselves are right again.
      const counted = await database.sql.execute("SELECT sum(n) AS n FROM event_totals WHERE site_id = 1");
      expect(Number(counted.rows[0]?.n)).toBe(rest.length);
    });

    test("is none of what comes in later", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const lastEventId = await store.deletions.largestEventId();
      accepted(await store.deletions.accept(large({ lastEventId }), CAP));
      const later = await appendAll(store, [newEvent(), newEvent({ occurredAt: NOON - MS_PER_DAY })]);
      await expectSeen(store, later, [...ids, ...later]);
      await carryOut(store);
      await expectSeen(store, later, [...ids, ...later]);
    });

    test("hides no event from those who ask whether it is stored: an export goes on behind it, an import skips it", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      accepted(await store.deletions.accept(large(), CAP));
      const { reader } = store;
      const position = { occurredAt: NOON + 3, occurredSub: 0, id: ids[3] as number };
      expect(await reader.findPosition(1, { id: position.id })).toEqual(position);
      expect(await reader.findPosition(1, { dedupeKey: "e:3" })).toEqual(position);
      expect(await reader.findExisting(1, ids)).toEqual(new Set(ids));
      expect(await reader.findLast()).toMatchObject({ id: (ids.at(-1) as number) + 1 });
    });

    test("is hidden by a store that is opened while it is under way, and carried out by it", async () => {
      await using database = await createDatabase();
      const first = await database.open();
      const ids = await fill(first);
      accepted(await first.deletions.accept(large({ filter: { type: "click" } }), CAP));
      await first.close();
      const store = await database.open();
      const rest = ids.filter((_, n) => n % 3 !== 0);
      await expectSeen(store, rest, ids);
      await carryOut(store);
      await expectSeen(store, rest, ids);
    });

    test("waits for those before it, which keep what both of them match", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const first = accepted(await store.deletions.accept(large({ filter: { type: "click" } }), CAP));
      const second = accepted(await store.deletions.accept(large(), CAP));
      await expectSeen(store, [], ids);
      await carryOut(store);
      expect(await store.deletions.find(first.id)).toMatchObject({ events: 4 });
      expect(await store.deletions.find(second.id)).toMatchObject({ events: 8 });
    });

    test("reserves its place under the cap, and gives back what it did not need", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const wanted = large({ filter: { type: "click" }, expected: 9 });
      accepted(await store.deletions.accept(wanted, 10));
      expect(await store.deletions.accept({ ...wanted, expected: 2 }, 10)).toEqual({
        outcome: "full",
        roomAt: PURGE_AT,
      });
      const [other] = ids.slice(1);
      expect((await store.deletions.mark(request(), [other as number], 10)).outcome).toBe("accepted");
      expect(await store.deletions.mark(request(), [ids[2] as number], 10)).toMatchObject({ outcome: "full" });
      await carryOut(store);
      expect(await pendingOf(database)).toBe(5);
    });

    test("is told with all that waits, and what of it is due", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      expect(await store.deletions.backlog(NOON)).toEqual({ events: 0, due: 0, underWay: 0 });
      accepted(await store.deletions.mark(request({ purgeAt: NOON + 1 }), ids.slice(0, 2), CAP));
      accepted(await store.deletions.accept(large({ expected: 10 }), CAP));
      expect(await store.deletions.backlog(NOON)).toEqual({ events: 12, due: 0, underWay: 1 });
      expect(await store.deletions.backlog(NOON + 1)).toEqual({ events: 12, due: 2, underWay: 1 });
      await carryOut(store);
      expect(await store.deletions.backlog(PURGE_AT)).toEqual({ events: 12, due: 12, underWay: 0 });
      while ((await store.purges.purgeSome({ nowMs: PURGE_AT, steps: [], by: "tester" })).deletions > 0);
      expect(await store.deletions.backlog(PURGE_AT)).toEqual({ events: 0, due: 0, underWay: 0 });
    });

    test("that is restored while it is under way gives back what was marked, and hides nothing more", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const { id } = accepted(await store.deletions.accept(large(), CAP));
      const [deletion] = [await store.deletionWork.next()];
      await store.deletionWork.apply(deletion as Deletion, ids.slice(0, 5));
      expect(await store.deletions.find(id)).toMatchObject({ state: "deleting", events: 5 });
      expect(await store.deletions.restore({ id, by: "tester", nowMs: NOON })).toMatchObject({ outcome: "accepted" });
      await store.deletionWork.apply(deletion as Deletion, ids.slice(5));
      await expectSeen(store, ids.slice(5), ids);
      await carryOut(store);
      await expectSeen(store, ids, ids);
      expect(await store.deletions.find(id)).toMatchObject({ state: "restored", events: 5, restored: 5 });
      expect(await pendingOf(database)).toBe(0);
    });

    test("of more rows than one step looks at is carried out step by step, past those that do not match", async () => {
      await using database = await createDatabase();
      const store = await database.open({ durability: "normal" });
      const events = Array.from({ length: 5_000 }, (_, n) =>
        newEvent({ occurredAt: NOON + (n % 700), visitorId: `v${n % 50}`, isTest: n % 2 === 0 }),
      );
      const ids = await appendAll(store, events);
      const filter = { visitorId: "v7", includeTest: true };
      accepted(await store.deletions.accept(large({ filter }), CAP));
      await carryOut(store);
      const left = await store.reader.countEvents({ siteId: 1, includeTest: true });
      expect(left).toBe(ids.length - 100);
      expect(await store.reader.countEvents({ siteId: 1, ...filter })).toBe(0);
    });
  });

  describe("an erasure", () => {
    test("at once removes events for good, marked or not, and their dedupe keys", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const marked = accepted(await store.deletions.mark(request(), ids.slice(0, 2), CAP));
      const found = await store.deletions.findStored({ siteId: 1, visitorId: "v1" }, 1_001);
      expect(new Set(found)).toEqual(new Set(ids.filter((_, n) => n % 2 === 1)));
      expect(await store.deletions.countStored({ siteId: 1, visitorId: "v1" })).toBe(6);
      const erased = accepted(
        await store.deletions.erase(request({ kind: "visitor", filter: { visitorId: "v1" } }), found),
      );
      expect(erased).toMatchObject({ state: "purged", events: 6, purged: 6, endedAt: NOON, filter: null });
      await expectSeen(
        store,
        ids.filter((_, n) => n % 2 === 0 && n > 0),
        ids,
      );
      expect(await store.deletions.find(marked.id)).toMatchObject({ events: 2, purged: 1 });
      expect(await pendingOf(database)).toBe(1);
      const [again] = await store.writer.append([newEvent({ dedupeKey: "e:1" })]);
      expect(again?.outcome).toBe("stored");
    });

    test("that is large hides its events, removes them with those that were marked before, and counts against no cap", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      await store.deletions.mark(request(), ids.slice(0, 4), CAP);
      const filter = { visitorId: "v1", includeTest: true };
      const { id } = accepted(await store.deletions.accept(large({ kind: "visitor", filter, erases: true }), 0));
      const rest = ids.filter((_, n) => n >= 4 && n % 2 === 0);
      await expectSeen(store, rest, ids);
      await carryOut(store);
      await expectSeen(store, rest, ids);
      expect(await store.deletions.find(id)).toMatchObject({ state: "purged", events: 6, purged: 6, filter: null });
      const { rows } = await database.sql.execute("SELECT count(*) AS n FROM events WHERE visitor_id = 'v1'");
      expect(rows[0]?.n).toBe(0);
      expect(await pendingOf(database)).toBe(2);
    });

    test.each(["at once", "that is large"])(
      "%s takes the visitor out of what is on record of others",
      async (which) => {
        await using database = await createDatabase();
        const store = await database.open();
        await fill(store);
        const { deletions } = store;
        const restored = async (filter: DeletionFilter, siteId = 1) => {
          const ids = await deletions.findVisible({ siteId, ...filter }, 100);
          const { id } = accepted(await deletions.mark(request({ kind: "filter", filter, siteId }), ids, CAP));
          await deletions.restore({ id, by: "restorer", nowMs: NOON });
          return id;
        };
        const own = await restored({ visitorId: "v1", from: NOON });
        const kept = [await restored({ visitorId: "v0" }), await restored(click), await restored({ ...click }, 2)];
        const erasure = request({ kind: "visitor", filter: { visitorId: "v1" } });
        if (which === "at once") {
          accepted(await deletions.erase(erasure, await deletions.findStored({ siteId: 1, visitorId: "v1" }, 100)));
        } else {
          accepted(await deletions.accept(large({ ...erasure, erases: true }), 0));
          await carryOut(store);
        }
        expect(await deletions.find(own)).toMatchObject({ state: "restored", filter: null });
        for (const id of kept) expect((await deletions.find(id))?.filter).not.toBeNull();
      },
    );

    test("of a site takes everything that is the site's, and nothing else", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      await fill(store);
      const { sql } = database;
      await sql.execute(
        `INSERT INTO sites (id, name, tracking_code, site_key, scope, created_at, deleted_at, purge_at)
         VALUES (1, 'gone', 'pm-a-1', 'ak_1', 'gone', 0, 1, ${NOON})`,
      );
      await store.deletions.mark(request({ siteId: 2 }), [1], CAP);
      await store.deletions.mark(request(), await store.deletions.findVisible({ siteId: 1 }, 3), CAP);
      const run = { nowMs: NOON, steps: [], by: "tester" };
      expect((await store.purges.due({ ...run, nowMs: NOON - 1 })).siteIds).toEqual([]);
      expect((await store.purges.due(run)).siteIds).toEqual([1]);
      const site = large({ kind: "site", filter: { includeTest: true }, erases: true });
      accepted(await store.deletions.accept(site, 0));
      expect((await store.purges.due(run)).siteIds).toEqual([]);
      expect(await store.deletions.accept(site, 0)).toEqual({ outcome: "busy" });
      await carryOut(store);
      for (const table of ["events", "event_totals", "event_day_counts"]) {
        const { rows } = await sql.execute(`SELECT DISTINCT site_id AS site FROM ${table}`);
        expect(rows.map(({ site }) => site)).toEqual([2]);
      }
      expect((await sql.execute("SELECT 1 FROM sites WHERE id = 1")).rows).toEqual([]);
      expect(await store.deletions.list({ siteIds: [1], limit: 10 })).toMatchObject([
        { kind: "site", state: "purged" },
      ]);
      expect(await pendingOf(database)).toBe(0);
    });
  });

  describe("a restoration", () => {
    const by = "restorer";

    test("of one event brings it back once, and ends a deletion that has no other", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const [first, second] = ids as [number, number];
      const deletion = accepted(await store.deletions.mark(request(), [first, second], CAP));
      expect(await store.deletions.siteOfEvent(first)).toBe(1);
      expect(await store.deletions.restoreEvent({ id: first, by, nowMs: NOON })).toBe("restored");
      expect(await store.deletions.find(deletion.id)).toMatchObject({ state: "deleted", restored: 1 });
      expect(await store.deletions.restoreEvent({ id: first, by, nowMs: NOON })).toBe("restored");
      expect(await store.deletions.restoreEvent({ id: second, by, nowMs: NOON + 5 })).toBe("restored");
      expect(await store.deletions.find(deletion.id)).toMatchObject({
        state: "restored",
        restored: 2,
        endedAt: NOON + 5,
      });
      await expectSeen(store, ids, ids);
      expect(await pendingOf(database)).toBe(0);
      expect(await store.deletions.restoreEvent({ id: 1, by, nowMs: NOON })).toBe("gone");
    });

    test("waits while a large deletion of the site is under way", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const small = accepted(await store.deletions.mark(request(), ids.slice(0, 2), CAP));
      accepted(await store.deletions.accept(large(), CAP));
      const asked = { by, nowMs: NOON };
      expect(await store.deletions.restoreEvent({ id: ids[0] as number, ...asked })).toBe("busy");
      expect(await store.deletions.restoreEvent({ id: ids[5] as number, ...asked })).toBe("busy");
      expect(await store.deletions.restore({ id: small.id, ...asked })).toMatchObject({ outcome: "busy" });
      await carryOut(store);
      expect(await store.deletions.restore({ id: small.id, ...asked })).toMatchObject({ outcome: "accepted" });
      await expectSeen(store, ids.slice(0, 2), ids);
    });

    test("of more than 1,000 events is carried out later, and no large deletion of the site begins before its end", async () => {
      await using database = await createDatabase();
      const store = await database.open({ durability: "normal" });
      const ids = await appendAll(
        store,
        Array.from({ length: 1_100 }, () => newEvent()),
      );
      const { id } = accepted(await store.deletions.accept(large({ expected: 1_100 }), CAP));
      await carryOut(store);
      const restored = await store.deletions.restore({ id, by, nowMs: NOON });
      expect(restored).toMatchObject({ outcome: "accepted", deletion: { state: "restoring", expected: 1_100 } });
      expect(await store.deletions.accept(large(), CAP)).toEqual({ outcome: "busy" });
      expect((await store.deletions.accept(large({ siteId: 2 }), CAP)).outcome).toBe("accepted");
      await carryOut(store);
      expect(await store.deletions.find(id)).toMatchObject({ state: "restored", restored: 1_100 });
      expect(await store.reader.countEvents({ siteId: 1 })).toBe(ids.length);
      expect(await store.deletions.restore({ id, by, nowMs: NOON })).toMatchObject({ outcome: "unchanged" });
      expect(await store.deletions.restore({ id: 99, by, nowMs: NOON })).toBeNull();
    });
  });

  describe("a purge", () => {
    const run = (nowMs: number, steps: { before: number; by: number }[] = []) => ({ nowMs, steps, by: "purger" });

    test("removes what is due, frees its place and its dedupe keys, and leaves the rest", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const due = accepted(await store.deletions.mark(request({ filter: { name: "x" } }), ids.slice(0, 3), CAP));
      const later = accepted(await store.deletions.mark(request({ purgeAt: PURGE_AT + 1 }), ids.slice(3, 5), CAP));
      expect(await store.purges.due(run(PURGE_AT - 1))).toEqual({ deletions: 0, events: 0, siteIds: [] });
      expect(await store.purges.purgeSome(run(PURGE_AT - 1))).toEqual({ deletions: 0, events: 0 });
      expect(await store.purges.due(run(PURGE_AT))).toEqual({ deletions: 1, events: 3, siteIds: [] });
      expect(await store.purges.purgeSome(run(PURGE_AT))).toEqual({ deletions: 1, events: 3 });
      expect(await store.purges.purgeSome(run(PURGE_AT))).toEqual({ deletions: 0, events: 0 });
      expect(await store.deletions.find(due.id)).toMatchObject({
        state: "purged",
        purged: 3,
        endedAt: PURGE_AT,
        filter: null,
      });
      expect(await store.deletions.find(later.id)).toMatchObject({ state: "deleted", purged: 0 });
      expect(await pendingOf(database)).toBe(2);
      expect(await store.writer.append([newEvent({ dedupeKey: "e:0" }), newEvent({ dedupeKey: "e:3" })])).toMatchObject(
        [{ outcome: "stored" }, { outcome: "duplicate", id: ids[3] }],
      );
      const asked = { by: "r", nowMs: PURGE_AT };
      expect(await store.deletions.restore({ id: due.id, ...asked })).toMatchObject({ outcome: "unchanged" });
      expect(await store.deletions.restoreEvent({ id: ids[0] as number, ...asked })).toBe("gone");
    });

    test("takes several chunks for one deletion, and one chunk for many", async () => {
      await using database = await createDatabase();
      const store = await database.open({ durability: "normal" });
      const ids = await appendAll(
        store,
        Array.from({ length: 700 }, () => newEvent()),
      );
      const big = accepted(await store.deletions.mark(request(), ids.slice(0, 600), CAP));
      for (const id of ids.slice(600)) await store.deletions.mark(request({ kind: "event" }), [id], CAP);
      const first = await store.purges.purgeSome(run(PURGE_AT));
      expect(first.deletions).toBe(1);
      expect(await store.deletions.find(big.id)).toMatchObject({ state: "purging", purged: first.events });
      expect(await store.deletions.restore({ id: big.id, by: "r", nowMs: NOON })).toMatchObject({
        outcome: "unchanged",
      });
      let chunks = 1;
      let events = first.events;
      for (;;) {
        const more = await store.purges.purgeSome(run(PURGE_AT));
        if (more.deletions === 0) break;
        events += more.events;
        chunks += 1;
      }
      expect({ events, chunks }).toEqual({ events: 700, chunks: 3 });
      expect((await database.sql.execute("SELECT count(*) AS n FROM events")).rows[0]?.n).toBe(0);
      expect(await pendingOf(database)).toBe(0);
    });

    test("waits longer for what was deleted before the clock jumped ahead", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const [before, after] = (await fill(store)) as [number, number];
      const hour = 3_600_000;
      accepted(await store.deletions.mark(request(), [before], CAP));
      accepted(await store.deletions.mark(request({ nowMs: NOON + 2 * hour }), [after], CAP));
      const steps = [
        { before: NOON + 1, by: hour },
        { before: NOON + 2, by: hour },
      ];
      expect(await store.purges.due(run(PURGE_AT, steps))).toMatchObject({ events: 1 });
      expect(await store.purges.due(run(PURGE_AT + 2 * hour - 1, steps))).toMatchObject({ events: 1 });
      expect(await store.purges.purgeSome(run(PURGE_AT, steps))).toEqual({ deletions: 1, events: 1 });
      expect(await store.deletions.siteOfEvent(before)).toBe(1);
      expect(await store.purges.purgeSome(run(PURGE_AT + 2 * hour, steps))).toEqual({ deletions: 1, events: 1 });
    });
  });

  describe("what is reclaimed after a purge", () => {
    test("are the names of types that no event has any more", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const [made] = await appendAll(store, [newEvent({ type: "made-up" }), newEvent()]);
      await store.deletions.mark(request({ kind: "event" }), [made as number], CAP);
      await store.purges.purgeSome({ nowMs: PURGE_AT, steps: [], by: "purger" });
      const types = async () =>
        (await database.sql.execute("SELECT type FROM event_totals ORDER BY type")).rows.map(({ type }) => type);
      expect(await types()).toEqual(["made-up", "pageview"]);
      await store.purges.reclaim(new AbortController().signal);
      expect(await types()).toEqual(["pageview"]);
    });
  });

  describe("the list of deletions", () => {
    test("is newest first, by sites, page by page", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await fill(store);
      const [other] = await store.deletions.findVisible({ siteId: 2 }, 1);
      for (const id of ids.slice(0, 4)) await store.deletions.mark(request({ kind: "event" }), [id], CAP);
      await store.deletions.mark(request({ siteId: 2 }), [other as number], CAP);
      const list = async (siteIds: readonly number[] | null, before?: number, limit = 10) =>
        (await store.deletions.list({ siteIds, limit, ...(before === undefined ? {} : { before }) })).map(
          ({ id }) => id,
        );
      expect(await list(null)).toEqual([5, 4, 3, 2, 1]);
      expect(await list([1], undefined, 2)).toEqual([4, 3]);
      expect(await list([1], 3)).toEqual([2, 1]);
      expect(await list([1, 2], 5, 1)).toEqual([4]);
      expect(await list([])).toEqual([]);
    });
  });
}

import { describe, expect, test } from "bun:test";
import type { NewEvent, StoredEvent } from "../../../src/domain/event.ts";
import type { Order, Position } from "../../../src/domain/page.ts";
import type { EventFilter, EventListQuery, Store } from "../../../src/domain/ports.ts";
import { appendAll, markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";

const names = (events: readonly StoredEvent[]) => events.map((event) => event.name).join("");

const query = (said: Partial<EventListQuery> = {}): EventListQuery => ({
  filter: { siteId: 1 },
  order: "desc",
  limit: 100,
  count: false,
  ...said,
});

/** Every event of a walk in pages of `limit`; a walk in order of arrival ends at the first empty page. */
export async function walk(store: Store, filter: EventFilter, order: Order, limit: number): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  let after: Position | null = null;
  for (let page = 0; page < 1_000; page++) {
    const { events, next } = await store.reader.listEvents(
      query({ filter, order, limit, ...(after ? { after } : {}) }),
    );
    found.push(...events);
    if (next === null || events.length === 0) return found;
    after = next;
  }
  throw new Error("The walk does not end");
}

/** Named a to h, stored in this order; their times are another. */
const EVENTS: readonly NewEvent[] = [
  newEvent({ name: "a", occurredAt: NOON + 2 }),
  newEvent({ name: "b", occurredAt: NOON, occurredSub: 5 }),
  newEvent({ name: "c", occurredAt: NOON, occurredSub: 5, type: "click" }),
  newEvent({ name: "d", occurredAt: NOON, occurredSub: 4 }),
  newEvent({ name: "e", occurredAt: -5, isTest: true }),
  newEvent({ name: "f", occurredAt: -5 }),
  newEvent({ name: "g", occurredAt: NOON, occurredSub: 9_999, isTest: true, type: "click" }),
  newEvent({ name: "h", occurredAt: NOON + 1 }),
];

async function withEvents(createDatabase: () => Promise<TestDatabase>, events = EVENTS) {
  const database = await createDatabase();
  const store = await database.open();
  const ids = await appendAll(store, events);
  return { database, store, ids, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

export function listContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("a list", () => {
    test("is by time, then ticks, then id, or by arrival", async () => {
      await using at = await withEvents(createDatabase);
      const list = async (order: Order, includeTest: boolean) =>
        names((await at.store.reader.listEvents(query({ order, filter: { siteId: 1, includeTest } }))).events);
      expect(await list("desc", true)).toBe("ahgcbdfe");
      expect(await list("asc", true)).toBe("efdbcgha");
      expect(await list("received", true)).toBe("abcdefgh");
      expect(await list("desc", false)).toBe("ahcbdf");
      expect(await list("asc", false)).toBe("fdbcha");
      expect(await list("received", false)).toBe("abcdfh");
    });

    test("read in pages of any size is the same list", async () => {
      await using at = await withEvents(createDatabase);
      for (const order of ["desc", "asc", "received"] as const) {
        for (const filter of [
          { siteId: 1 },
          { siteId: 1, includeTest: true },
          { siteId: 1, type: "click", includeTest: true },
          { siteId: 1, from: NOON, to: NOON },
        ]) {
          const whole = names(await walk(at.store, filter, order, 100));
          for (const limit of [1, 2, 3, 8]) expect(names(await walk(at.store, filter, order, limit))).toBe(whole);
        }
      }
    });

    test("ends with no next position; in order of arrival there is always one after an event", async () => {
      await using at = await withEvents(createDatabase);
      const list = (said: Partial<EventListQuery>) => at.store.reader.listEvents(query(said));
      expect((await list({ limit: 6 })).next).toBeNull();
      expect((await list({ limit: 5 })).next).toMatchObject({
        occurredAt: NOON,
        occurredSub: 4,
        id: at.ids[3] as number,
      });
      expect((await list({ filter: { siteId: 2 } })).next).toBeNull();
      const end = (await list({ order: "received" })).next as Position;
      expect(end.id).toBe(at.ids[7] as number);
      expect(await list({ order: "received", after: end })).toMatchObject({ events: [], next: { id: end.id } });
      expect((await list({ order: "received", filter: { siteId: 2 } })).next).toBeNull();
    });

    test("can be entered by an offset; a cursor beats it", async () => {
      await using at = await withEvents(createDatabase);
      const list = (said: Partial<EventListQuery>) => at.store.reader.listEvents(query(said));
      expect(names((await list({ offset: 2, limit: 2 })).events)).toBe("cb");
      expect(names((await list({ offset: 600, limit: 2 })).events)).toBe("");
      const { next } = await list({ limit: 2 });
      expect(names((await list({ offset: 3, limit: 2, after: next as Position })).events)).toBe("cb");
    });

    test("of 1,001 events gives 1,000 and says that there is more", async () => {
      await using at = await withEvents(
        createDatabase,
        Array.from({ length: 1_001 }, () => newEvent()),
      );
      const page = await at.store.reader.listEvents(query({ limit: 1_000, count: true }));
      expect(page.events).toHaveLength(1_000);
      expect(page.total).toBe(1_001);
      expect(await at.store.reader.listEvents(query({ limit: 1_000, after: page.next as Position }))).toMatchObject({
        events: [{ id: at.ids[0] }],
        next: null,
      });
    });

    test("leaves out soft-deleted events and other sites", async () => {
      await using at = await withEvents(createDatabase, [...EVENTS, newEvent({ siteId: 2, name: "z" })]);
      await markDeleted(at.database.sql, at.ids[7] as number);
      await markDeleted(at.database.sql, at.ids[2] as number);
      for (const order of ["desc", "asc", "received"] as const) {
        expect(
          names(await walk(at.store, { siteId: 1 }, order, 2))
            .split("")
            .sort()
            .join(""),
        ).toBe("abdf");
      }
    });
  });

  describe("a filter", () => {
    const found = async (store: Store, filter: Partial<EventFilter>) => {
      const page = await store.reader.listEvents(
        query({ filter: { siteId: 1, ...filter }, order: "asc", count: true }),
      );
      expect(page.total).toBe(page.events.length);
      return names(page.events);
    };

    test("by time includes both ends, also before 1970", async () => {
      await using at = await withEvents(createDatabase);
      expect(await found(at.store, { from: NOON })).toBe("dbcha");
      expect(await found(at.store, { from: NOON + 1, to: NOON + 1 })).toBe("h");
      expect(await found(at.store, { to: -5 })).toBe("f");
      expect(await found(at.store, { from: -5, to: -5, includeTest: true })).toBe("ef");
      expect(await found(at.store, { to: -6 })).toBe("");
      expect(await found(at.store, { from: NOON + 2, to: NOON + 1 })).toBe("");
    });

    test("by each field, alone and together", async () => {
      const fields = { visitorId: "v", sessionId: "s", url: "https://e.com/?a=1", type: "click" };
      await using at = await withEvents(createDatabase, [
        newEvent({ name: "a", ...fields, visitorId: "V" }),
        newEvent({ name: "b", ...fields, sessionId: null }),
        newEvent({ name: "c", ...fields, url: "https://e.com/" }),
        newEvent({ name: "d", ...fields, type: "Click" }),
        newEvent({ name: "e", ...fields }),
      ]);
      expect(await found(at.store, { visitorId: "v" })).toBe("bcde");
      expect(await found(at.store, { sessionId: "s" })).toBe("acde");
      expect(await found(at.store, { url: fields.url })).toBe("abde");
      expect(await found(at.store, { type: "click" })).toBe("abce");
      expect(await found(at.store, { name: "c" })).toBe("c");
      expect(await found(at.store, fields)).toBe("e");
      expect(await found(at.store, { ...fields, from: NOON, to: NOON, name: "e" })).toBe("e");
    });

    test("by a beginning of the path takes it literally, with its case", async () => {
      const paths = ["/blog/a", "/Blog/b", "/blog", "/b%og/c", "/b_og/d", "/😀/e", "/blog*/f"];
      await using at = await withEvents(createDatabase, [
        ...paths.map((path) => newEvent({ path, name: path.at(-1) ?? null })),
        newEvent({ path: null, name: "0" }),
      ]);
      expect(await found(at.store, { pathPrefix: "/blog" })).toBe("agf");
      expect(await found(at.store, { pathPrefix: "/blog/" })).toBe("a");
      expect(await found(at.store, { pathPrefix: "/b%" })).toBe("c");
      expect(await found(at.store, { pathPrefix: "/b_" })).toBe("d");
      expect(await found(at.store, { pathPrefix: "/😀" })).toBe("e");
      expect(await found(at.store, { pathPrefix: "/blog*" })).toBe("f");
      expect(await found(at.store, { pathPrefix: "" })).toBe("abgcdef");
    });

    test("holds its values as values, whatever SQL they look like", async () => {
      await using at = await withEvents(createDatabase);
      for (const text of ["' OR 1=1 --", '"; DROP TABLE events; --', "a' UNION SELECT 1", "?1", "%", "null"]) {
        expect(await found(at.store, { type: text })).toBe("");
        expect(await found(at.store, { visitorId: text, sessionId: text, url: text, pathPrefix: text })).toBe("");
      }
    });
  });

  describe("a total", () => {
    const total = async (store: Store, filter: Partial<EventFilter>) =>
      (await store.reader.listEvents(query({ filter: { siteId: 1, ...filter }, limit: 1, count: true }))).total;

    test("is null when it was not asked for", async () => {
      await using at = await withEvents(createDatabase);
      expect((await at.store.reader.listEvents(query({ count: false }))).total).toBeNull();
    });

    test("counts what matches, not what the page holds", async () => {
      await using at = await withEvents(createDatabase);
      await markDeleted(at.database.sql, at.ids[0] as number);
      expect(await total(at.store, {})).toBe(5);
      expect(await total(at.store, { includeTest: true })).toBe(7);
      expect(await total(at.store, { type: "click" })).toBe(1);
      expect(await total(at.store, { type: "click", includeTest: true })).toBe(2);
      expect(await total(at.store, { type: "none" })).toBe(0);
      expect(await total(at.store, { siteId: 3 })).toBe(0);
      expect(await total(at.store, { from: NOON, includeTest: true })).toBe(5);
      expect(await total(at.store, { name: "b" })).toBe(1);
    });
  });

  describe("one event", () => {
    test("is found by its id, unless there is none or it is soft-deleted", async () => {
      await using at = await withEvents(createDatabase);
      const [first, second] = at.ids as [number, number];
      expect((await at.store.reader.findEvent(first))?.name).toBe("a");
      await markDeleted(at.database.sql, second);
      for (const id of [second, first - 1, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, 1e300]) {
        expect(await at.store.reader.findEvent(id)).toBeNull();
      }
    });
  });
}

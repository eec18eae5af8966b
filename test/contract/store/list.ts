import { describe, expect, test } from "bun:test";
import type { NewEvent, StoredEvent } from "../../../src/domain/event.ts";
import type { Order, Position } from "../../../src/domain/page.ts";
import { markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

const names = (events: readonly StoredEvent[]) => events.map((event) => event.name).join("");

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

const ORDERS = ["desc", "asc", "received"] as const satisfies readonly Order[];

export function listContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("a list", () => {
    const { storeSite, sql } = shareDatabase(createDatabase);

    test("is by time, then ticks, then id, or by arrival", async () => {
      const site = await storeSite(EVENTS);
      const list = async (order: Order, includeTest: boolean) =>
        names((await site.list({ order, filter: { includeTest } })).events);
      expect(await list("desc", true)).toBe("ahgcbdfe");
      expect(await list("asc", true)).toBe("efdbcgha");
      expect(await list("received", true)).toBe("abcdefgh");
      expect(await list("desc", false)).toBe("ahcbdf");
      expect(await list("asc", false)).toBe("fdbcha");
      expect(await list("received", false)).toBe("abcdfh");
    });

    test("read in pages of any size is the same list", async () => {
      const site = await storeSite(EVENTS);
      const filters = [
        {},
        { includeTest: true },
        { type: "click", includeTest: true },
        { from: NOON, to: NOON },
        { from: -5, to: NOON + 1, includeTest: true },
      ];
      for (const order of ORDERS) {
        for (const filter of filters) {
          const whole = names((await site.list({ order, filter })).events);
          for (const limit of [1, 2, 3, 8]) expect(names(await site.walk(filter, order, limit))).toBe(whole);
        }
      }
    });

    test("continues after a position that lies outside its time range", async () => {
      const site = await storeSite(EVENTS);
      const after = (occurredAt: number): Position => ({ occurredAt, occurredSub: 0, id: site.ids[0] as number });
      const filter = { from: NOON, to: NOON + 1 };
      const list = async (order: Order, position: Position) =>
        names((await site.list({ order, filter, after: position })).events);
      expect(await list("desc", after(NOON + 9))).toBe("hcbd");
      expect(await list("desc", after(NOON - 9))).toBe("");
      expect(await list("asc", after(NOON - 9))).toBe("dbch");
      expect(await list("asc", after(NOON + 9))).toBe("");
    });

    test("of events that are too large for one answer of a server is whole, at any offset", async () => {
      const data = JSON.stringify({ properties: { text: "x".repeat(30_000) } });
      const site = await storeSite(
        Array.from({ length: 250 }, (_, n) => newEvent({ data, occurredAt: NOON + (n % 3) })),
      );
      for (const order of ORDERS) {
        const ids = [...(await site.walk({}, order, 20))].map(({ id }) => id);
        const { events, next } = await site.list({ order, limit: 200, offset: 30 });
        expect(events.map(({ id }) => id)).toEqual(ids.slice(30, 230));
        expect(next?.id).toBe(ids[229] as number);
        expect(events.every((event) => event.data === data)).toBe(true);
      }
    });

    test("ends with no next position; in order of arrival there is always one after an event", async () => {
      const site = await storeSite(EVENTS);
      const empty = await storeSite([]);
      expect((await site.list({ limit: 6 })).next).toBeNull();
      const last = { occurredAt: NOON, occurredSub: 4, id: site.ids[3] as number };
      expect((await site.list({ limit: 5 })).next).toMatchObject(last);
      expect((await empty.list()).next).toBeNull();
      const end = (await site.list({ order: "received" })).next as Position;
      expect(end.id).toBe(site.ids[7] as number);
      expect(await site.list({ order: "received", after: end })).toMatchObject({ events: [], next: { id: end.id } });
      expect((await empty.list({ order: "received" })).next).toBeNull();
    });

    test("can be entered by an offset; a cursor beats it", async () => {
      const site = await storeSite(EVENTS);
      expect(names((await site.list({ offset: 2, limit: 2 })).events)).toBe("cb");
      expect(names((await site.list({ offset: 600, limit: 2 })).events)).toBe("");
      const { next } = await site.list({ limit: 2 });
      expect(names((await site.list({ offset: 3, limit: 2, after: next as Position })).events)).toBe("cb");
    });

    test("of 1,001 events gives 1,000 and says that there is more", async () => {
      const site = await storeSite(Array.from({ length: 1_001 }, () => newEvent()));
      const page = await site.list({ limit: 1_000, count: true });
      expect(page.events).toHaveLength(1_000);
      expect(page.total).toBe(1_001);
      expect(await site.list({ limit: 1_000, after: page.next as Position })).toMatchObject({
        events: [{ id: site.ids[0] }],
        next: null,
      });
    });

    test("leaves out soft-deleted events and other sites", async () => {
      const site = await storeSite(EVENTS);
      await storeSite(EVENTS);
      await markDeleted(sql(), site.ids[7] as number);
      await markDeleted(sql(), site.ids[2] as number);
      for (const order of ORDERS) {
        const walked = await site.walk({}, order, 2);
        expect(names(walked).split("").sort().join("")).toBe("abdf");
      }
    });
  });

  describe("one event", () => {
    const { storeSite, sql, store } = shareDatabase(createDatabase);

    test("is found by its id, unless there is none or it is soft-deleted", async () => {
      const { ids } = await storeSite(EVENTS);
      const [first, second] = ids as [number, number];
      const { reader } = store();
      expect((await reader.findEvent(first))?.name).toBe("a");
      await markDeleted(sql(), second);
      for (const id of [second, first - 1, first + 0.5, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, 1e300]) {
        expect(await reader.findEvent(id)).toBeNull();
      }
    });
  });
}

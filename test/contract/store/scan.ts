import { describe, expect, test } from "bun:test";
import type { NewEvent, StoredEvent } from "../../../src/domain/event.ts";
import { FIELDS_BEFORE_TIMES, FIELDS_BEHIND_TIMES } from "../../../src/domain/exported-event.ts";
import type { Position } from "../../../src/domain/page.ts";
import type { EventFilter, EventScanQuery } from "../../../src/domain/ports.ts";
import { SCANNED_BYTES, SCANNED_ROWS } from "../../../src/store/event-scan.ts";
import { appendAll, markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

type SiteFilter = Omit<EventFilter, "siteId">;
const ORDERS = ["asc", "received"] as const;

/** Times that repeat, so that ticks and ids must break ties, test events among them. */
const EVENTS: readonly NewEvent[] = Array.from({ length: 60 }, (_, n) =>
  newEvent({
    name: String(n),
    type: n % 3 === 0 ? "click" : "pageview",
    occurredAt: NOON + ((n * 7) % 5),
    occurredSub: n % 2,
    isTest: n % 11 === 0,
    visitorId: n % 10 === 0 ? "v" : null,
    url: "https://e.com/a",
    path: n % 4 === 0 ? "/a" : "/b",
  }),
);

const FILTERS: readonly SiteFilter[] = [
  {},
  { includeTest: true },
  { type: "click" },
  { from: NOON + 1, to: NOON + 3, includeTest: true },
  { visitorId: "v" },
  { type: "click", visitorId: "v", includeTest: true },
  { pathPrefix: "/a", from: NOON + 2 },
  { name: "nothing" },
];

export function scanContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("a walk in stretches", () => {
    const { storeSite, store, sql } = shareDatabase(createDatabase);

    async function scanAll(query: EventScanQuery) {
      const stretches: (readonly StoredEvent[])[] = [];
      let after: Position | undefined = query.after;
      for (let n = 0; n < 100; n++) {
        const { events, next } = await store().reader.scanEvents({ ...query, ...(after ? { after } : {}) });
        if (next === null) {
          expect(events).toEqual([]);
          return { stretches, events: stretches.flat() };
        }
        stretches.push(events);
        after = next;
      }
      throw new Error("The walk does not end");
    }

    test("meets what a list has, in its order, whatever is filtered", async () => {
      const site = await storeSite(EVENTS);
      await storeSite(EVENTS);
      await markDeleted(sql(), site.ids[20] as number);
      for (const order of ORDERS) {
        for (const filter of FILTERS) {
          const { events } = await scanAll({ filter: { siteId: site.siteId, ...filter }, order });
          expect(events).toEqual(await site.walk(filter, order, 100));
        }
      }
    });

    test("hands an export the very texts that JSON.stringify would write of what is stored", async () => {
      const controls = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code))
        .slice(1)
        .join("");
      const hostile = [controls, 'a"]}{"b', "\u2028\u2029\ufeff😀ä", "", "null", "\\u001f\\n"];
      const site = await storeSite(
        hostile.map((text, n) =>
          newEvent({
            ...{ type: text, name: text, visitorId: text, sessionId: text, url: text, path: text, referrer: text },
            ...{ device: text, browser: text, os: text, country: text, region: text, city: text, botName: text },
            ...{ botCompany: text, aiSource: text, clickId: text, customerKey: text, currency: text },
            ...{
              occurredAt: NOON + n,
              occurredSub: n,
              isTest: n % 2 === 0,
              dedupeKey: n === 0 ? null : `e:${text}${n}`,
            },
            valueMicros: n === 1 ? Number.MIN_SAFE_INTEGER : null,
            data: n % 2 === 0 ? null : `{"properties":{"${n}":1.10,"text":${JSON.stringify(text)}},"pageTitle":"t"}`,
          }),
        ),
      );
      const query = { filter: { siteId: site.siteId, includeTest: true }, order: "asc" } as const;
      const stored = await store().reader.scanEvents(query);
      const written = await store().reader.scanWritten(query);
      expect(written.next).toEqual(stored.next);
      expect(stored.events).toHaveLength(hostile.length);
      const members = (event: StoredEvent, fields: Readonly<Record<string, keyof StoredEvent>>) =>
        JSON.stringify(Object.fromEntries(Object.entries(fields).map(([field, name]) => [field, event[name]]))).slice(
          1,
          -1,
        );
      expect(written.events).toEqual(
        stored.events.map((event) => ({
          ...{
            id: event.id,
            receivedAt: event.receivedAt,
            occurredAt: event.occurredAt,
            occurredSub: event.occurredSub,
          },
          ...{ isTest: event.isTest, valueMicros: event.valueMicros, dedupeKey: event.dedupeKey },
          ...{ properties: event.properties, data: event.data },
          beforeTimes: members(event, FIELDS_BEFORE_TIMES),
          behindTimes: members(event, FIELDS_BEHIND_TIMES),
        })),
      );
    });

    test("hands an export nothing where nothing matches, and goes on", async () => {
      const site = await storeSite(EVENTS);
      const filter = { siteId: site.siteId, name: "nothing" };
      const { events, next } = await store().reader.scanWritten({ filter, order: "asc" });
      expect(events).toEqual([]);
      expect(next).not.toBeNull();
      const end = await store().reader.scanWritten({ filter, order: "asc", ...(next ? { after: next } : {}) });
      expect(end).toEqual({ events: [], next: null });
    });

    test("goes on behind any event", async () => {
      const site = await storeSite(EVENTS);
      const filter = { siteId: site.siteId, includeTest: true };
      for (const order of ORDERS) {
        const { events } = await scanAll({ filter, order });
        for (const [position, after] of events.entries()) {
          const rest = await scanAll({ filter, order, after });
          expect(rest.events.map(({ id }) => id)).toEqual(events.slice(position + 1).map(({ id }) => id));
        }
      }
    });

    test("looks at a bounded number of events at a time, also where none matches", async () => {
      const count = 2 * SCANNED_ROWS + 10;
      const site = await storeSite(Array.from({ length: count }, (_, n) => newEvent({ occurredAt: NOON + (n % 3) })));
      const filter = { siteId: site.siteId };
      const all = await scanAll({ filter, order: "asc" });
      expect(all.stretches.map(({ length }) => length)).toEqual([SCANNED_ROWS, SCANNED_ROWS, 10]);
      expect(new Set(all.events.map(({ id }) => id))).toEqual(new Set(site.ids));
      const none = await scanAll({ filter: { ...filter, visitorId: "nobody" }, order: "asc" });
      expect(none.stretches.map(({ length }) => length)).toEqual([0, 0, 0]);
    });

    test("holds a bounded number of bytes, and never less than an event", async () => {
      const large = (letters: number) => newEvent({ data: JSON.stringify({ properties: { a: "x".repeat(letters) } }) });
      const site = await storeSite([
        large(10),
        large(SCANNED_BYTES * 0.6),
        large(SCANNED_BYTES * 0.6),
        large(10),
        large(2 * SCANNED_BYTES),
        large(10),
      ]);
      for (const order of ORDERS) {
        const filter = { siteId: site.siteId };
        const { stretches } = await scanAll({
          filter,
          order,
          ...(order === "received" ? { after: before(site.ids[0]) } : {}),
        });
        expect(stretches.map(({ length }) => length)).toEqual([3, 2, 1]);
      }
    });
  });

  describe("an event of an export", () => {
    const { storeSite, store, sql } = shareDatabase(createDatabase);

    test("is found by its id and its key, also when it is soft-deleted, and only in its site", async () => {
      const position = { occurredAt: NOON + 5, occurredSub: 7 };
      const site = await storeSite([newEvent({ ...position, dedupeKey: "e:mine" })]);
      const other = await storeSite([]);
      const [id = 0] = site.ids;
      await markDeleted(sql(), id);
      const { reader } = store();
      for (const name of [{ id }, { dedupeKey: "e:mine" }]) {
        expect(await reader.findPosition(site.siteId, name)).toEqual({ ...position, id });
        expect(await reader.findPosition(other.siteId, name)).toBeNull();
      }
      expect(await reader.findPosition(site.siteId, { dedupeKey: "e:other" })).toBeNull();
    });

    test("is known to be there by its id", async () => {
      const site = await storeSite([newEvent(), newEvent(), newEvent()]);
      const other = await storeSite([newEvent()]);
      await markDeleted(sql(), site.ids[1] as number);
      const asked = [...site.ids, ...other.ids, 5];
      expect(await store().reader.findExisting(site.siteId, asked)).toEqual(new Set(site.ids));
      expect(await store().reader.findExisting(site.siteId, [])).toEqual(new Set());
    });

    test("keeps the time at which it was stored first; its neighbours get the time of now", async () => {
      const returning = { ...newEvent(), receivedAt: NOON - 1_000_000 };
      const results = await store().writer.append([newEvent(), returning, newEvent()]);
      expect(results.map((result) => "receivedAt" in result && result.receivedAt)).toEqual([
        NOON,
        NOON - 1_000_000,
        NOON,
      ]);
      for (const result of results) {
        if (result.outcome !== "stored") throw new Error(result.outcome);
        expect(await store().reader.findEvent(result.id)).toMatchObject({ receivedAt: result.receivedAt });
      }
    });
  });

  describe("who waits for new events", () => {
    const { store } = shareDatabase(createDatabase);

    test("is told of the last one and of each transaction, until it no longer wants to be", async () => {
      const { reader, arrivals } = store();
      expect(await reader.findLast()).toBeNull();
      let told = 0;
      const listening = arrivals.onStored(() => {
        told += 1;
      });
      const [first] = await appendAll(store(), [newEvent(), newEvent()]);
      expect(told).toBe(1);
      const [last = 0] = await appendAll(store(), [newEvent({ occurredAt: NOON - 1, occurredSub: 3 })]);
      expect(told).toBe(2);
      expect(last).toBeGreaterThan(first as number);
      expect(await reader.findLast()).toEqual({ occurredAt: NOON - 1, occurredSub: 3, id: last });
      listening[Symbol.dispose]();
      await appendAll(store(), [newEvent()]);
      expect(told).toBe(2);
    });
  });
}

/** The position just in front of an event, by arrival. */
const before = (id = 0): Position => ({ occurredAt: 0, occurredSub: 0, id: id - 1 });

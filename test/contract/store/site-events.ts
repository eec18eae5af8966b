import { describe, expect, test } from "bun:test";
import type { NewEvent } from "../../../src/domain/event.ts";
import type { Store } from "../../../src/domain/ports.ts";
import type { SiteEventPosition, SiteEventQuery } from "../../../src/domain/site-events.ts";
import { appendAll, markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";

const bot = (said: Partial<NewEvent> = {}) => newEvent({ botName: "ABot", botCompany: "A", ...said });
const referral = (said: Partial<NewEvent> = {}) => newEvent({ aiSource: "claude", ...said });
const conversion = (said: Partial<NewEvent> = {}) =>
  newEvent({ type: "conversion", name: "sale", valueMicros: 5_000_000, ...said });

const ALL = { siteId: 1, from: 0, to: NOON * 2, limit: 100, includeTest: false } satisfies SiteEventQuery;

async function listed(store: Store, query: Partial<SiteEventQuery> = {}): Promise<number[]> {
  const { events } = await store.siteEvents.listSiteEvents({ ...ALL, ...query });
  return events.map(({ id }) => id);
}

/** What a site's bots, referrals and conversions are to the store. */
export function siteEventsContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("site events", () => {
    test("are bots, referrals and conversions of one site; nothing else is listed", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await appendAll(store, [
        newEvent(),
        bot({ path: "/a", country: "US" }),
        referral(),
        conversion({ botName: "ABot", aiSource: null }),
        bot({ siteId: 2 }),
        bot({ isTest: true }),
        bot(),
      ]);
      await markDeleted(database.sql, ids[6] as number);
      const { events, next } = await store.siteEvents.listSiteEvents(ALL);
      expect(next).toBeNull();
      expect(events.map(({ id, kind }) => [id, kind])).toEqual([
        [ids[3], "conversion"],
        [ids[2], "referral"],
        [ids[1], "bot"],
      ] as never);
      expect(events[2]).toEqual({
        id: ids[1] as number,
        kind: "bot",
        occurredAt: NOON,
        path: "/a",
        country: "US",
        botName: "ABot",
        botCompany: "A",
        aiSource: null,
        name: null,
        valueMicros: null,
      });
      expect(await listed(store, { kind: "bot" })).toEqual([ids[1] as number]);
      expect(await listed(store, { kind: "conversion" })).toEqual([ids[3] as number]);
      expect(await listed(store, { includeTest: true })).toEqual([5, 3, 2, 1].map((at) => ids[at] as number));
    });

    test("a walk gives each once, in order, whatever the size of its pages and however equal their times", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const kinds = [bot, referral, conversion];
      const events = Array.from({ length: 90 }, (_, n) =>
        (kinds[n % 3] as typeof bot)({
          occurredAt: NOON + (n % 4),
          occurredSub: n % 5,
          isTest: n % 7 === 0,
          botName: n % 3 === 0 ? `Bot ${n}` : null,
        }),
      );
      const ids = await appendAll(store, events);
      const order = events
        .map((event, n) => ({ at: event.occurredAt, id: ids[n] as number, isTest: event.isTest }))
        .toSorted((a, b) => b.at - a.at || b.id - a.id);
      for (const includeTest of [false, true]) {
        const expected = order.filter(({ isTest }) => includeTest || !isTest).map(({ id }) => id);
        for (const limit of [1, 3, 40, 600]) {
          const walked: number[] = [];
          let at: SiteEventPosition | null = null;
          do {
            const page = await store.siteEvents.listSiteEvents({ ...ALL, includeTest, limit, ...(at ? { at } : {}) });
            walked.push(...page.events.map(({ id }) => id));
            at = page.next;
          } while (at);
          expect(walked).toEqual(expected);
        }
      }
    });

    test("a range includes both ends, also with a position inside, before and behind it", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = (await appendAll(
        store,
        [0, 1, 2, 3].map((ms) => bot({ occurredAt: NOON + ms })),
      )) as [number, number, number, number];
      const range = { from: NOON + 1, to: NOON + 2 };
      expect(await listed(store, range)).toEqual([ids[2], ids[1]]);
      expect(await listed(store, { ...range, at: { occurredAt: NOON + 2, id: ids[2] } })).toEqual([ids[2], ids[1]]);
      expect(await listed(store, { ...range, at: { occurredAt: NOON + 1, id: ids[1] } })).toEqual([ids[1]]);
      expect(await listed(store, { ...range, at: { occurredAt: NOON + 3, id: ids[3] } })).toEqual([ids[2], ids[1]]);
      expect(await listed(store, { ...range, at: { occurredAt: NOON, id: ids[0] } })).toEqual([]);
      expect(await listed(store, { from: NOON + 2, to: NOON + 1 })).toEqual([]);
    });

    test("the time of an event is told in its own site only, also when it is deleted", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const [id] = (await appendAll(store, [bot({ occurredAt: 17 })])) as [number];
      await markDeleted(database.sql, id);
      expect(await store.siteEvents.findTime(1, id)).toBe(17);
      expect(await store.siteEvents.findTime(2, id)).toBeNull();
      expect(await store.siteEvents.findTime(1, id + 1)).toBeNull();
    });

    test("are counted by site", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const outside = bot({ occurredAt: 5 });
      await appendAll(store, [bot(), referral(), bot({ isTest: true }), newEvent(), outside, bot({ siteId: 3 })]);
      const counts = await store.siteEvents.countSiteEvents([1, 2, 3], { from: 6, to: NOON });
      expect([...counts]).toEqual([
        [1, 2],
        [2, 0],
        [3, 1],
      ]);
      expect([...(await store.siteEvents.countSiteEvents([], { from: 0, to: NOON }))]).toEqual([]);
    });

    test("are summed up", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      await appendAll(store, [
        bot(),
        bot(),
        bot({ botCompany: null }),
        referral(),
        referral({ aiSource: "you" }),
        referral(),
        conversion(),
        conversion({ botName: "ABot" }),
        conversion({ name: null, valueMicros: null }),
        conversion({ isTest: true }),
        newEvent(),
      ]);
      const stats = await store.siteEvents.summarize(ALL);
      expect(stats).toEqual({
        totals: { bot: 3, referral: 3, conversion: 3 },
        bots: [
          { name: "ABot", company: "A", count: 2 },
          { name: "ABot", company: null, count: 1 },
        ],
        sources: [
          { source: "claude", count: 2 },
          { source: "you", count: 1 },
        ],
        conversions: [
          { name: "sale", count: 2, valueMicros: 10_000_000 },
          { name: null, count: 1, valueMicros: 0 },
        ],
      });
      expect((await store.siteEvents.summarize({ ...ALL, includeTest: true })).totals.conversion).toBe(4);
    });
  });

  describe("a filter that leaves out bots", () => {
    test("is exact in list and total, with types, times, tests and deletions", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await appendAll(store, [
        newEvent(),
        bot(),
        bot({ type: "click" }),
        conversion({ botName: "ABot" }),
        conversion(),
        bot({ isTest: true }),
        referral({ occurredAt: NOON + 86_400_000 }),
        bot({ occurredAt: NOON + 86_400_000 }),
        bot(),
        newEvent(),
        bot({ siteId: 2 }),
      ]);
      for (const at of [8, 9]) await markDeleted(database.sql, ids[at] as number);
      const found = async (filter: object) => {
        const page = await store.reader.listEvents({
          filter: { siteId: 1, excludeBots: true, ...filter },
          order: "asc",
          limit: 100,
          count: true,
        });
        expect(page.total).toBe(page.events.length);
        return page.events.map(({ id }) => ids.indexOf(id));
      };
      expect(await found({})).toEqual([0, 4, 6]);
      expect(await found({ includeTest: true })).toEqual([0, 4, 6]);
      expect(await found({ type: "conversion" })).toEqual([4]);
      expect(await found({ type: "click" })).toEqual([]);
      expect(await found({ type: "pageview", from: NOON + 1 })).toEqual([6]);
      expect(await found({ to: NOON })).toEqual([0, 4]);
      expect(await found({ from: NOON, to: NOON })).toEqual([0, 4]);
      expect(await found({ from: NOON + 1, to: NOON })).toEqual([]);
      expect(await found({ name: "sale" })).toEqual([4]);
    });
  });

  describe("reclassify", () => {
    const unbot = { botName: null, botCompany: null, aiSource: "you", forgetUserAgent: true };

    test("changes events of a site, and leaves what else they hold as it is written", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const properties = '{"b":1.10,"a":9007199254740993,"t":"\\u00e9"}';
      const data = `{"userAgent":"Foo/1","properties":${properties}}`;
      const [first, second, third, foreign] = (await appendAll(store, [
        bot({ data }),
        bot({ data: '{"userAgent":"Foo/1"}' }),
        bot({ data }),
        bot({ data, siteId: 2 }),
      ])) as [number, number, number, number];
      const named = { botName: "Foo", botCompany: "F", aiSource: null, forgetUserAgent: false };
      await store.reclassifier.reclassify(1, [
        { id: first, ...unbot },
        { id: second, ...unbot },
        { id: third, ...named },
        { id: foreign, ...unbot },
        { id: 12345, ...unbot },
      ]);
      const read = (id: number) => store.reader.findEvent(id);
      expect(await read(first)).toMatchObject({ botName: null, botCompany: null, aiSource: "you", properties });
      expect((await read(first))?.data).toBe(`{"properties":${properties}}`);
      expect((await read(second))?.data).toBeNull();
      expect(await read(third)).toMatchObject({ botName: "Foo", botCompany: "F", aiSource: null, data });
      expect(await read(foreign)).toMatchObject({ botName: "ABot", data });
      expect(await listed(store)).toEqual([third, second, first]);
      expect(await listed(store, { kind: "bot" })).toEqual([third]);
    });
  });
}

import { describe, expect, test } from "bun:test";
import { onEveryTarget, type TestServer } from "../../support/server.ts";
import {
  createEvents,
  createSite,
  type EventBody,
  expectInvalid,
  list,
  listEvents,
  pageView,
  type Query,
  type Website,
  walk,
} from "./fixture.ts";

const INVALID = "Invalid query parameters";
const NO_CURSOR = { cursor: ["Is not a cursor of this list"] };
const START = 1704067200000;

const idsOf = (events: readonly Pick<EventBody, "id">[]) => events.map((event) => event.id);

/** Everything that a walk meets, page after page. */
async function walkAll(server: TestServer, site: Website, query: Query, betweenPages = async () => {}) {
  const found: EventBody[] = [];
  for await (const page of walk(server, site, query)) {
    found.push(...page.events);
    await betweenPages();
  }
  return found;
}

/** Follows the order of arrival until a page is empty. */
async function follow(server: TestServer, site: Website, query: Query, betweenPages = async () => {}) {
  const found: EventBody[] = [];
  for (let cursor: string | null = null; ; ) {
    const next: Query = cursor === null ? {} : { cursor };
    const page = await listEvents(server, site, { ...query, ...next, order: "received" });
    if (page.events.length === 0) return { found, cursor: page.pagination.nextCursor };
    found.push(...page.events);
    cursor = page.pagination.nextCursor;
    await betweenPages();
  }
}

describe("the cursor of GET /api/v1/events", () => {
  onEveryTarget((server) => {
    /** Events in groups of `sameTime` that share their millisecond. */
    async function siteWith(count: number, sameTime = 1) {
      const site = await createSite(server());
      const events = Array.from({ length: count }, (_, i) =>
        pageView(site, { timestamp: START + Math.floor(i / sameTime), eventType: i % 3 ? "click" : "pageview" }),
      );
      return { site, ids: count > 0 ? idsOf((await createEvents(server(), events)).events) : [] };
    }

    test.each([
      ["desc", 1],
      ["desc", 7],
      ["desc", 100],
      ["asc", 1],
      ["asc", 7],
      ["asc", 100],
    ])("walks %s through every event once, %d at the same millisecond", async (order, sameTime) => {
      const { site, ids } = await siteWith(100, sameTime);
      const expected = order === "asc" ? ids : ids.toReversed();
      for (const limit of [1, 9, 10, 99, 100, 1000]) {
        if (limit === 1 && sameTime !== 100) continue;
        expect(idsOf(await walkAll(server(), site, { order, limit }))).toEqual(expected);
      }
    });

    test("every page but the last is full, and tells the exact total", async () => {
      const { site } = await siteWith(25);
      const pages = await Array.fromAsync(walk(server(), site, { limit: 10 }));
      expect(pages.map((page) => page.events.length)).toEqual([10, 10, 5]);
      expect(pages.map((page) => page.pagination.total)).toEqual([25, 25, 25]);
      expect(pages.map((page) => page.pagination.offset)).toEqual([0, 0, 0]);
      const exact = await Array.fromAsync(walk(server(), site, { limit: 5 }));
      expect(exact.map((page) => page.events.length)).toEqual([5, 5, 5, 5, 5]);
    });

    test("beats an offset", async () => {
      const { site, ids } = await siteWith(10);
      const first = await listEvents(server(), site, { limit: 4, order: "asc" });
      const cursor = first.pagination.nextCursor ?? "";
      const next = await listEvents(server(), site, { limit: 4, order: "asc", cursor, offset: 3 });
      expect(idsOf(next.events)).toEqual(ids.slice(4, 8));
      expect(next.pagination.offset).toBe(0);
    });

    test("walks through a filter", async () => {
      const { site } = await siteWith(60, 4);
      const found = await walkAll(server(), site, { eventType: "pageview", limit: 7, from: START + 2, to: START + 11 });
      expect(found.every((event) => event.eventType === "pageview")).toBe(true);
      const whole = await listEvents(server(), site, { eventType: "pageview", from: START + 2, to: START + 11 });
      expect(idsOf(found)).toEqual(idsOf(whole.events));
    });

    test.each(["desc", "asc"])(
      "a walk %s meets what was stored before its first page once, while more comes in",
      async (order) => {
        const { site, ids } = await siteWith(60, 6);
        let late = 0;
        // Older, newer and at the very times of the events that are walked through.
        const more = async () => {
          late += 1;
          const times = [START - late, START + (late % 10), START + 1000 + late];
          await createEvents(
            server(),
            times.map((timestamp) => pageView(site, { timestamp })),
          );
        };
        const [found] = await Promise.all([
          walkAll(server(), site, { order, limit: 7 }, more),
          Promise.all(Array.from({ length: 10 }, more)),
        ]);
        const met = idsOf(found);
        expect(new Set(met).size).toBe(met.length);
        const expected = order === "asc" ? ids : ids.toReversed();
        expect(met.filter((id) => ids.includes(id))).toEqual(expected);
      },
    );

    test("in the order of arrival every event is met once, also what comes in meanwhile", async () => {
      const { site, ids } = await siteWith(50, 5);
      const late: string[] = [];
      const more = async () => {
        if (late.length >= 30) return;
        const events = Array.from({ length: 3 }, (_, i) => pageView(site, { timestamp: START - i }));
        late.push(...idsOf((await createEvents(server(), events)).events));
      };
      const { found, cursor } = await follow(server(), site, { limit: 6 }, more);
      expect(idsOf(found)).toEqual([...ids, ...late]);
      // The end is never final: the cursor goes on from there.
      const { events } = await createEvents(server(), [pageView(site, { timestamp: START - 100 })]);
      const page = await listEvents(server(), site, { order: "received", cursor: cursor ?? "" });
      expect(idsOf(page.events)).toEqual(idsOf(events));
    });

    test("in the order of arrival an empty website has no cursor yet", async () => {
      const { site } = await siteWith(0);
      expect((await listEvents(server(), site, { order: "received" })).pagination.nextCursor).toBeNull();
    });

    test("in the order of arrival 10 writers at once lose nothing", async () => {
      const site = await createSite(server());
      const writers = Array.from({ length: 10 }, async (_, writer) => {
        const ids: string[] = [];
        for (let i = 0; i < 5; i++) {
          const { events } = await createEvents(server(), [
            pageView(site),
            pageView(site, { timestamp: START + writer }),
          ]);
          ids.push(...idsOf(events));
        }
        return ids;
      });
      const met: string[] = [];
      let cursor = "";
      const read = async () => {
        const page = await listEvents(server(), site, { order: "received", limit: 3, ...(cursor && { cursor }) });
        met.push(...idsOf(page.events));
        cursor = page.pagination.nextCursor ?? cursor;
        return page.events.length;
      };
      let writing = true;
      const written = Promise.all(writers).finally(() => {
        writing = false;
      });
      while (writing) await read();
      while ((await read()) > 0);
      const ids = (await written).flat();
      expect(met.toSorted()).toEqual(ids.toSorted());
    });

    test.each([
      ["desc", "asc"],
      ["desc", "received"],
      ["asc", "desc"],
      ["asc", "received"],
      ["received", "desc"],
    ])("one of order=%s is 400 with order=%s", async (order, other) => {
      const { site } = await siteWith(2);
      const cursor = (await listEvents(server(), site, { order, limit: 1 })).pagination.nextCursor ?? "";
      const response = await list(server(), site, { order: other, cursor });
      await expectInvalid(response, { cursor: ["Belongs to a list in another order"] }, INVALID);
    });

    test.each([
      "",
      " ",
      "abc",
      "null",
      "0",
      "%",
      "\0",
      "{}",
      "é😀",
      "' OR 1=1",
      Buffer.from("1d.1.2").toString("base64url"),
      Buffer.from("1d.1.2.3.4").toString("base64url"),
      Buffer.from("2d.1.2.3").toString("base64url"),
      Buffer.from("1x.1.2.3").toString("base64url"),
      Buffer.from("1d.1.2.-3").toString("base64url"),
      Buffer.from("1d.1.2.zzzzzzzzzzz").toString("base64url"),
      Buffer.from(JSON.stringify({ id: "1", createdAt: "2026-06-07T14:22:10.000Z" })).toString("base64url"),
    ])("400 for %j, which is none", async (cursor) => {
      const { site } = await siteWith(2);
      await expectInvalid(await list(server(), site, { cursor }), NO_CURSOR, INVALID);
    });

    test("400 for one that is too long", async () => {
      const { site } = await siteWith(0);
      const response = await list(server(), site, { cursor: "x".repeat(101) });
      await expectInvalid(response, { cursor: ["Must be at most 100 characters"] }, INVALID);
    });

    test.each(["desc", "asc", "received"])(
      "one of order=%s with a bit flipped is 400 or a place in this list",
      async (order) => {
        const { site, ids } = await siteWith(6);
        await siteWith(6);
        const cursor = (await listEvents(server(), site, { order, limit: 3 })).pagination.nextCursor ?? "";
        const bits = Array.from({ length: cursor.length * 7 }, (_, bit) => bit);
        await Promise.all(
          bits.map(async (bit) => {
            const bytes = Buffer.from(cursor);
            bytes.writeUInt8(bytes.readUInt8(Math.floor(bit / 7)) ^ (1 << (bit % 7)), Math.floor(bit / 7));
            const response = await list(server(), site, { order, cursor: bytes.toString() });
            const body = (await response.json()) as { events?: EventBody[] };
            expect([200, 400]).toContain(response.status);
            for (const { id } of body.events ?? []) expect(ids).toContain(id);
          }),
        );
      },
    );

    test("one of another website shows this website's events only", async () => {
      const [here, there] = [await siteWith(6), await siteWith(6)];
      const cursor = (await listEvents(server(), there.site, { limit: 3 })).pagination.nextCursor ?? "";
      const page = await listEvents(server(), here.site, { cursor });
      expect(page.events.every((event) => event.websiteId === here.site.id)).toBe(true);
    });
  });
});

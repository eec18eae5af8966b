import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import {
  createEvents,
  createKey,
  createSite,
  EVENT_FIELDS,
  expectError,
  expectInvalid,
  expectStatus,
  list,
  listEvents,
  pageView,
} from "./fixture.ts";

const INVALID = "Invalid query parameters";
const MISSING = "trackingCode query parameter is required";
const NO_SITE = "Website with this tracking code not found";
const START = 1704067200000;

describe("GET /api/v1/events", () => {
  onEveryTarget((server) => {
    async function siteWith(count: number) {
      const site = await createSite(server());
      const events = Array.from({ length: count }, (_, i) => pageView(site, { timestamp: START + i }));
      if (count > 0) await createEvents(server(), events);
      return site;
    }

    test("200 lists the newest first, every field of each", async () => {
      const site = await siteWith(3);
      const page = await listEvents(server(), site);
      expect(page.events.map((event) => event.timestamp)).toEqual([START + 2, START + 1, START]);
      for (const event of page.events) expect(Object.keys(event)).toEqual([...EVENT_FIELDS]);
      expect(page.pagination).toEqual({ total: 3, limit: 100, offset: 0, nextCursor: null });
    });

    test("200 with nothing in it for a website without events", async () => {
      expect(await listEvents(server(), await siteWith(0))).toEqual({
        events: [],
        pagination: { total: 0, limit: 100, offset: 0, nextCursor: null },
      });
    });

    test("100 at a time where no limit is given", async () => {
      const page = await listEvents(server(), await siteWith(101));
      expect(page.events).toHaveLength(100);
      expect(page.pagination).toEqual({ total: 101, limit: 100, offset: 0, nextCursor: expect.any(String) as never });
    });

    test.each([
      ["1", 1],
      ["007", 7],
      ["999", 999],
      ["1000", 1000],
      ["1001", 1000],
      ["5000", 1000],
      ["999999999999999", 1000],
    ])("limit=%s is taken as %d", async (limit, taken) => {
      const page = await listEvents(server(), await siteWith(2), { limit });
      expect(page.pagination.limit).toBe(taken);
      expect(page.events).toHaveLength(Math.min(2, taken));
    });

    test("more than 1,000 events are never in one page", async () => {
      const site = await siteWith(1000);
      await createEvents(server(), [pageView(site)]);
      const page = await listEvents(server(), site, { limit: 5000 });
      expect(page.events).toHaveLength(1000);
      expect(page.pagination).toMatchObject({ total: 1001, limit: 1000 });
    });

    test.each([
      "0",
      "-1",
      "abc",
      "1.5",
      "",
      " ",
      "1e2",
      "0x10",
      "+5",
      "1,2",
      "Infinity",
      "NaN",
      "99999999999999999999",
    ])("limit=%j is 400", async (limit) => {
      const response = await list(server(), await siteWith(0), { limit });
      await expectInvalid(response, { limit: ["Must be a whole number of at least 1"] }, INVALID);
    });

    test.each(["-1", "abc", "1.5", "", "1e2"])("offset=%j is 400", async (offset) => {
      const response = await list(server(), await siteWith(0), { offset });
      await expectInvalid(response, { offset: ["Must be a whole number of at least 0"] }, INVALID);
    });

    test("offset skips that many", async () => {
      const site = await siteWith(5);
      const page = await listEvents(server(), site, { limit: 2, offset: 3 });
      expect(page.events.map((event) => event.timestamp)).toEqual([START + 1, START]);
      expect(page.pagination).toEqual({ total: 5, limit: 2, offset: 3, nextCursor: null });
      expect((await listEvents(server(), site, { offset: 5 })).events).toEqual([]);
      expect((await listEvents(server(), site, { offset: "999999999999999" })).pagination).toMatchObject({ total: 5 });
    });

    test("order=asc lists the oldest first, order=received what came first", async () => {
      const site = await createSite(server());
      const times = [START + 1, START + 2, START];
      for (const timestamp of times) await createEvents(server(), [pageView(site, { timestamp })]);
      const timesIn = async (order: string) =>
        (await listEvents(server(), site, { order })).events.map((event) => event.timestamp);
      expect(await timesIn("asc")).toEqual([START, START + 1, START + 2]);
      expect(await timesIn("desc")).toEqual([START + 2, START + 1, START]);
      expect(await timesIn("received")).toEqual(times);
    });

    test("events of the same millisecond are listed in the order of their ids", async () => {
      const site = await createSite(server());
      const events = Array.from({ length: 9 }, (_, i) => pageView(site, { timestamp: START, sessionId: `s-${i}` }));
      await createEvents(server(), events);
      const sessions = events.map((event) => event.sessionId);
      const sessionsIn = async (order: string) =>
        (await listEvents(server(), site, { order })).events.map((event) => String(event.sessionId));
      expect(await sessionsIn("asc")).toEqual(sessions);
      expect(await sessionsIn("desc")).toEqual(sessions.toReversed());
    });

    test("count=false leaves the total out", async () => {
      const page = await listEvents(server(), await siteWith(3), { count: false, limit: 2 });
      expect(page.events).toHaveLength(2);
      expect(page.pagination).toEqual({ total: null, limit: 2, offset: 0, nextCursor: expect.any(String) as never });
    });

    test("includeTest=true has the same shape", async () => {
      const site = await siteWith(2);
      expect(await listEvents(server(), site, { includeTest: true })).toEqual(await listEvents(server(), site));
    });

    test.each([
      ["order", "newest", "Must be one of: desc, asc, received"],
      ["count", "no", "Must be one of: true, false"],
      ["includeTest", "1", "Must be one of: true, false"],
    ])("%s=%s is 400", async (name, value, message) => {
      await expectInvalid(await list(server(), await siteWith(0), { [name]: value }), { [name]: [message] }, INVALID);
    });

    test.each([
      "foo=bar",
      "utm_source=x",
      "a[]=1",
      "x={%22a%22:1}",
      "x=[1]",
      "__proto__=1",
      "toString=1",
      "%zz=%ff",
      "=",
      "&&",
    ])("ignores what it does not know: %s", async (unknown) => {
      const site = await siteWith(1);
      const response = await server().request(`/api/v1/events?trackingCode=${site.trackingCode}&${unknown}`);
      expect(await expectStatus(response, 200)).toMatchObject({ pagination: { total: 1 } });
    });

    test("of a parameter that is sent twice, the last one counts", async () => {
      const site = await siteWith(3);
      const response = await server().request(`/api/v1/events?trackingCode=${site.trackingCode}&limit=1&limit=2`);
      expect(await expectStatus(response, 200)).toMatchObject({ pagination: { limit: 2 } });
    });

    test.each(["", "?", "?trackingCode", "?trackingCode=", "?limit=5"])(
      "400 without a tracking code: %j",
      async (query) => {
        await expectError(await server().request(`/api/v1/events${query}`), 400, "MISSING_PARAMETER", MISSING);
      },
    );

    test.each(["pm-nobody-1704067200000", "invalid", "%00", "%ff", "' OR 1=1 --", "x".repeat(5000)])(
      "404 for the tracking code %j",
      async (code) => {
        const response = await server().request(`/api/v1/events?trackingCode=${code.replaceAll(" ", "+")}`);
        await expectError(response, 404, "NOT_FOUND", NO_SITE);
      },
    );

    test("404 with a key of another website: it must not tell that there is one", async () => {
      const [site, other] = [await siteWith(1), await siteWith(0)];
      const key = await createKey(server(), { permissions: ["events:read"], sites: [other.id] });
      await expectError(await list(server(), site, {}, key), 404, "NOT_FOUND", NO_SITE);
      await expectStatus(await list(server(), other, {}, key), 200);
    });

    test("without a key: 401, but 200 where the website is publicly readable", async () => {
      const site = await siteWith(1);
      await expectError(
        await list(server(), site, {}, null),
        401,
        "UNAUTHORIZED",
        'An API key is required: send it as "Authorization: Bearer <API key>"',
      );
      const open = await createSite(server(), { publicRead: true });
      const { events } = await createEvents(server(), [pageView(open)]);
      expect(await expectStatus(await list(server(), open, {}, null), 200)).toMatchObject({
        events: [{ id: events[0]?.id }],
      });
    });

    test("never another website's events, whatever the filter", async () => {
      const site = await siteWith(3);
      const other = await createSite(server());
      const fields = {
        eventType: "custom",
        eventName: "n",
        sessionId: "s",
        visitorId: "v",
        url: "https://o.example/p",
      };
      await createEvents(server(), Array(20).fill(pageView(other, { ...fields, timestamp: START })));
      const filters = [
        { eventType: "custom" },
        { eventName: "n" },
        { sessionId: "s" },
        { visitorId: "v" },
        { url: "https://o.example/p" },
        { path: "/p" },
        { from: START, to: START + 2, path: "/p" },
        { order: "received", visitorId: "v" },
      ];
      for (const filter of filters) {
        const page = await listEvents(server(), site, filter);
        expect(page.events.filter((event) => event.websiteId !== site.id)).toEqual([]);
      }
      expect((await listEvents(server(), site)).pagination.total).toBe(3);
    });
  });
});

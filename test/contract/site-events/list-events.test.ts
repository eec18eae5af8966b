import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createEvent, createEvents, pageView } from "../collection/fixture.ts";
import {
  BROWSER,
  createKey,
  createSample,
  createSite,
  expectError,
  GPTBOT,
  list,
  listEvents,
  track,
  walk,
} from "./fixture.ts";

const DAY = 86_400_000;
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

describe("the list", () => {
  onEveryTarget((server) => {
    test("has what was posted through the collection API, by what it is", async () => {
      const site = await createSample(server());
      const { events } = await listEvents(server(), site.siteId);
      expect(events.map(({ type }) => type)).toEqual(["bot", "referral", "conversion"]);
      for (const type of ["bot", "referral", "conversion"] as const) {
        const ofType = await listEvents(server(), site.siteId, { type });
        expect(ofType.events).toEqual(events.filter((event) => event.type === type));
      }
    });

    test("a bot's own request is a bot's event, also where its script names a device", async () => {
      const site = await createSite(server());
      for (const fields of [{}, { deviceType: "mobile", browser: "Chrome", os: "Android" }]) {
        const headers = { "user-agent": GPTBOT };
        const response = await server().request("/api/v1/events", { json: pageView(site, fields), key: null, headers });
        expect(response.status).toBe(201);
      }
      const { events } = await listEvents(server(), site.siteId);
      expect(events).toMatchObject([
        { type: "bot", bot_name: "GPTBot", bot_company: "OpenAI" },
        { type: "bot", bot_name: "GPTBot", bot_company: "OpenAI" },
      ]);
    });

    test("a server that posts for its visitors is no bot, whether it has a key, names a device, or neither", async () => {
      const site = await createSite(server());
      for (const userAgent of ["curl/8.7.1", "undici", "Bun/1.4.5", "python-requests/2.32"]) {
        const headers = { "user-agent": userAgent };
        await server().request("/api/v1/events", { json: pageView(site), headers });
        await server().request("/api/v1/events", { json: pageView(site), key: null, headers });
        await server().request("/api/v1/events", { json: pageView(site, { os: "Linux" }), key: null, headers });
      }
      expect(await listEvents(server(), site.siteId)).toEqual({ events: [], next_cursor: null });
      const referral = pageView(site, { referrer: "https://chatgpt.com/" });
      await server().request("/api/v1/events", { json: referral, key: null, headers: { "user-agent": "curl/8.7.1" } });
      expect((await listEvents(server(), site.siteId)).events).toMatchObject([{ type: "referral", source: "chatgpt" }]);
    });

    test("a bot with the referrer of an assistant is no referral, and a bot's conversion is a conversion", async () => {
      const site = await createSite(server());
      const referrer = "https://chatgpt.com/";
      await createEvent(server(), pageView(site, { userAgent: GPTBOT, referrer }));
      await createEvent(
        server(),
        pageView(site, { userAgent: GPTBOT, referrer, eventType: "conversion", eventName: "signup", value: 0 }),
      );
      const { events } = await listEvents(server(), site.siteId);
      expect(events).toMatchObject([{ type: "conversion", event_name: "signup", event_value: 0 }, { type: "bot" }]);
    });

    test.each([
      [{ referrer: "https://www.perplexity.ai/search" }, "perplexity"],
      [{ url: "https://example.com/?utm_source=chatgpt.com" }, "chatgpt"],
      [{ referrer: "android-app://com.openai.chatgpt/" }, "chatgpt"],
    ])("%j is a referral of %s", async (fields, source) => {
      const site = await createSite(server());
      await createEvent(server(), pageView(site, { userAgent: BROWSER, ...fields }));
      expect((await listEvents(server(), site.siteId)).events).toMatchObject([{ type: "referral", source }]);
    });

    test("is newest first by event time, then by id, and the same page by page", async () => {
      const site = await createSite(server());
      const at = Date.now() - 60_000;
      await createEvents(
        server(),
        Array.from({ length: 60 }, (_, n) =>
          pageView(site, {
            timestamp: at - ((n * 7) % 10) * 1_000,
            ...(n % 3 === 0 ? { userAgent: GPTBOT } : { eventType: "conversion", eventName: `c${n}` }),
          }),
        ),
      );
      const { events } = await listEvents(server(), site.siteId);
      expect(events).toHaveLength(60);
      const keys = events.map(({ created_at, id }) => [Date.parse(created_at), id] as const);
      expect(keys).toEqual(keys.toSorted((a, b) => b[0] - a[0] || b[1] - a[1]));
      for (const limit of [1, 7, 59, 60]) expect(await walk(server(), site.siteId, { limit })).toEqual([...events]);
      expect(await walk(server(), site.siteId, { limit: 4, type: "bot" })).toEqual(
        events.filter(({ type }) => type === "bot"),
      );
    });

    test("is that of the last 7 days, or of whole days, UTC", async () => {
      const site = await createSite(server());
      const today = Math.floor(Date.now() / DAY) * DAY;
      const times = [0, 7 * DAY, 7 * DAY + 1, 20 * DAY, 20 * DAY - (DAY - 1)].map((ago) => today - ago);
      await createEvents(
        server(),
        times.map((timestamp) => pageView(site, { timestamp, userAgent: GPTBOT })),
      );
      const timesOf = async (query: Record<string, string>) =>
        (await listEvents(server(), site.siteId, query)).events.map(({ created_at }) => Date.parse(created_at));
      expect(await timesOf({})).toEqual(times.slice(0, 2));
      const then = day(today - 20 * DAY);
      expect(await timesOf({ start: then, end: then })).toEqual([today - 20 * DAY + (DAY - 1), today - 20 * DAY]);
      expect(await timesOf({ start: then, end: day(today - 8 * DAY) })).toHaveLength(3);
      // Where only the end is said, it begins 7 days before it.
      expect(await timesOf({ end: day(today - 14 * DAY) })).toHaveLength(2);
      expect(await timesOf({ start: "0001-01-01", end: "9999-12-31" })).toHaveLength(5);
    });

    test("a site goes by any of its names", async () => {
      const site = await createSample(server());
      for (const name of [site.siteId, site.id, String(site.programId), site.trackingCode, site.scope, site.siteKey]) {
        expect((await listEvents(server(), name)).events).toHaveLength(3);
      }
    });

    test.each([
      ["limit", ["0", "-1", "1001", "1.5", "abc", "", "1e2", " 5"], "INVALID_LIMIT"],
      ["start", ["2026-02-30", "2026-1-1", "yesterday", "", "undefined", "2026-06-07T00:00:00Z"], "INVALID_DATE_RANGE"],
      ["end", ["2026-13-01", "0", "null"], "INVALID_DATE_RANGE"],
      ["type", ["pageview", "BOT", ""], "INVALID_TYPE"],
      ["cursor", ["", "x", "eyJ", "e30", "bnVsbA", "W10", "eyJpZCI6IjEifQ", "eyJpZCI6LTF9"], "INVALID_CURSOR"],
      ["includeTest", ["yes"], "INVALID_REQUEST"],
    ])("a wrong %s, %j, is %s", async (parameter, values, code) => {
      const site = await createSite(server());
      for (const value of values) {
        await expectError(await list(server(), site.siteId, { [parameter]: value }), 400, code);
      }
    });

    test("1000 events are a page, and 1 is one", async () => {
      const site = await createSite(server());
      for (const limit of [1, 1000, "0001000"]) {
        expect((await list(server(), site.siteId, { limit })).status).toBe(200);
      }
    });

    test("a range in the wrong order is refused", async () => {
      const site = await createSite(server());
      const query = { start: "2026-06-08", end: "2026-06-07" };
      const message = "Invalid query parameters (start: Must not be after `end`)";
      await expectError(await list(server(), site.siteId, query), 400, "INVALID_DATE_RANGE", message);
    });

    test("a site that does not exist and one of others are answered alike", async () => {
      const [site, other] = [await createSample(server()), await createSite(server())];
      const key = await createKey(server(), { permissions: ["events:read"], sites: [other.id] });
      const message = "Site doesn't exist or you don't have access";
      for (const name of [site.siteId, "site_99999999", "nope", "%00", "site_0"]) {
        await expectError(await list(server(), name, {}, key), 403, "SITE_NOT_FOUND", message);
      }
      expect((await list(server(), other.siteId, {}, key)).status).toBe(200);
    });

    test("needs a key, also for a site that is publicly readable", async () => {
      const site = await createSite(server(), { publicRead: true });
      await expectError(await list(server(), site.siteId, {}, null), 401, "MISSING_KEY");
      await expectError(await list(server(), site.siteId, {}, `ff_aaaaaaaa_${"b".repeat(32)}`), 401, "INVALID_KEY");
      const blind = await createKey(server(), { permissions: ["events:write"] });
      await expectError(await list(server(), site.siteId, {}, blind), 403, "SITE_NOT_FOUND");
    });

    test("the collection API leaves bots out when it is asked to, and counts exactly", async () => {
      const site = await createSample(server());
      await track(server(), { t: "bot", k: site.siteKey, p: "/", bot: "ABot" });
      const read = async (query: string) => {
        const response = await server().request(`/api/v1/events?trackingCode=${site.trackingCode}&${query}`);
        const page = (await response.json()) as { events: unknown[]; pagination: { total: number } };
        return [page.events.length, page.pagination.total];
      };
      expect(await read("")).toEqual([5, 5]);
      expect(await read("bots=include")).toEqual([5, 5]);
      expect(await read("bots=exclude")).toEqual([3, 3]);
      expect(await read("bots=exclude&eventType=pageview")).toEqual([2, 2]);
      expect(await read("bots=exclude&eventType=never")).toEqual([0, 0]);
      expect(await read("bots=exclude&from=2000-01-01")).toEqual([3, 3]);
      expect(await read("bots=exclude&visitorId=vis-1")).toEqual([3, 3]);
      const wrong = await server().request(`/api/v1/events?trackingCode=${site.trackingCode}&bots=no`);
      expect(wrong.status).toBe(400);
    });
  });
});

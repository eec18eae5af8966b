import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createEvents, createSite, expectInvalid, list, listEvents, pageView, type Query } from "./fixture.ts";

const INVALID = "Invalid query parameters";
const NO_TIME = "Must be an ISO 8601 time, a date, or milliseconds since 1970";
const NOON = Date.UTC(2026, 5, 7, 12);

/** Texts that a careless query would take for something else, or never find. */
const TEXTS = [
  "plain",
  "a b+c",
  "50% off & more?",
  "é😀",
  "'; DROP TABLE events;--",
  '"*?[a-z]',
  "\\%_",
  "null",
  "0",
  "[1,2]",
];

describe("the filters of GET /api/v1/events", () => {
  onEveryTarget((server) => {
    test.each([
      ["sessionId", "sessionId"],
      ["visitorId", "visitorId"],
      ["eventName", "eventName"],
    ])("%s finds exactly this text", async (parameter, field) => {
      const site = await createSite(server());
      await createEvents(
        server(),
        TEXTS.map((text) => pageView(site, { [field]: text })),
      );
      for (const text of TEXTS) {
        const page = await listEvents(server(), site, { [parameter]: text });
        expect(page.events.map((event) => event[field])).toEqual([text]);
        expect(page.pagination.total).toBe(1);
      }
      for (const text of ["PLAIN", "plai", "plain ", "%", "*"]) {
        expect((await listEvents(server(), site, { [parameter]: text })).pagination.total).toBe(0);
      }
    });

    test("eventType finds that type, and nothing for one that was never stored", async () => {
      const site = await createSite(server());
      const types = ["pageview", "click", "custom", "conversion", "click"];
      await createEvents(
        server(),
        types.map((eventType) => pageView(site, { eventType })),
      );
      for (const [eventType, total] of Object.entries({
        pageview: 1,
        click: 2,
        custom: 1,
        conversion: 1,
        lead: 0,
        Click: 0,
        "*other": 0,
        "%": 0,
      })) {
        const page = await listEvents(server(), site, { eventType });
        expect(page.events.map((event) => event.eventType)).toEqual(Array(total).fill(eventType));
        expect(page.pagination.total).toBe(total);
      }
    });

    test("url finds exactly this URL", async () => {
      const site = await createSite(server());
      const urls = [
        "https://e.example/a?b=c&d=é#f",
        "https://e.example/a",
        "https://e.example/a/",
        "HTTPS://E.EXAMPLE/a",
      ];
      await createEvents(
        server(),
        urls.map((url) => pageView(site, { url })),
      );
      for (const url of urls) {
        expect((await listEvents(server(), site, { url })).events.map((event) => event.url)).toEqual([url]);
      }
    });

    test("path finds paths that begin with it, and knows nothing of hosts and queries", async () => {
      const site = await createSite(server());
      const urls = ["/blog/a", "/blog/b?x=/shop", "/Blog", "/blogging#/shop", "/", "?x=1", "/a_b", "/aXb", "/%25"];
      await createEvents(
        server(),
        urls.map((url) => pageView(site, { url: `https://blog.example${url}` })),
      );
      const found = async (path: string) =>
        (await listEvents(server(), site, { path, order: "received" })).events.map(
          (event) => new URL(String(event.url)).pathname,
        );
      expect(await found("/blog/")).toEqual(["/blog/a", "/blog/b"]);
      expect(await found("/blog")).toEqual(["/blog/a", "/blog/b", "/blogging"]);
      expect(await found("/")).toHaveLength(urls.length);
      expect(await found("/a_")).toEqual(["/a_b"]);
      expect(await found("/%25")).toEqual(["/%25"]);
      expect(await found("blog")).toEqual([]);
      expect(await found("/shop")).toEqual([]);
    });

    test("path may be written as people write it", async () => {
      const site = await createSite(server());
      await createEvents(server(), [pageView(site, { url: "https://e.example/über uns/😀{x}" })]);
      for (const path of ["/über", "/%C3%BCber", "/über uns/", "/über%20uns/😀", "/über uns/😀{x}"]) {
        expect((await listEvents(server(), site, { path })).pagination.total).toBe(1);
      }
      expect((await listEvents(server(), site, { path: "/uber" })).pagination.total).toBe(0);
    });

    describe("from and to", () => {
      const times = [NOON - 1, NOON, NOON + 1, NOON + 60_000];
      const findWith = async (query: Query) => {
        const site = await createSite(server());
        await createEvents(
          server(),
          times.map((timestamp) => pageView(site, { timestamp })),
        );
        const page = await listEvents(server(), site, { ...query, order: "asc" });
        expect(page.pagination.total).toBe(page.events.length);
        return page.events.map((event) => event.timestamp - NOON);
      };

      test.each([
        [{ from: NOON }, [0, 1, 60_000]],
        [{ to: NOON }, [-1, 0]],
        [{ from: NOON, to: NOON }, [0]],
        [{ from: "2026-06-07T12:00:00Z", to: "2026-06-07T12:00:00.001Z" }, [0, 1]],
        [{ from: "2026-06-07T12:00:00" }, [0, 1, 60_000]],
        [{ from: "2026-06-07t12:00z" }, [0, 1, 60_000]],
        [{ from: "2026-06-07T14:00:00+02:00" }, [0, 1, 60_000]],
        [{ from: "2026-06-07T14:00:00+0200" }, [0, 1, 60_000]],
        [{ to: "2026-06-07T07:00:00.000-05:00" }, [-1, 0]],
        [{ from: "2026-06-07T12:00:00.0009999Z" }, [0, 1, 60_000]],
        [{ from: "2026-06-07", to: "2026-06-07" }, [-1, 0, 1, 60_000]],
        [{ from: "2026-06-08" }, []],
        [{ to: "2026-06-06" }, []],
        [{ to: "2026-06-07" }, [-1, 0, 1, 60_000]],
        [{ from: "-62135596800000", to: "253402300799999" }, [-1, 0, 1, 60_000]],
      ] as [Query, number[]][])("%j", async (query, found) => {
        expect(await findWith(query)).toEqual(found);
      });

      test("a plus that was not escaped still is the zone's", async () => {
        const site = await createSite(server());
        await createEvents(server(), [pageView(site, { timestamp: NOON })]);
        const code = `trackingCode=${site.trackingCode}`;
        for (const [from, total] of Object.entries({
          "2026-06-07T14:00:00+02:00": 1,
          "2026-06-07T14:00:00+01:00": 0,
        })) {
          const response = await server().request(`/api/v1/events?${code}&from=${from}`);
          expect(await response.json()).toMatchObject({ pagination: { total } });
        }
      });

      test.each([
        "",
        "now",
        "2026-06",
        "2026-13-01",
        "2026-02-30",
        "2026-02-30T12:00:00Z",
        "2026-06-07T25:00:00Z",
        "2026-06-07T12:61:00Z",
        "2026-06-07 12:00:00",
        "07.06.2026",
        "1.5",
        "1e3",
        "1704067200000ms",
        "99999999999999999",
        "2026-06-07T12:00:00Z; DROP",
      ])("%j is 400", async (text) => {
        const site = await createSite(server());
        for (const name of ["from", "to"]) {
          await expectInvalid(await list(server(), site, { [name]: text }), { [name]: [NO_TIME] }, INVALID);
        }
      });

      test.each([
        { from: NOON + 1, to: NOON },
        { from: "2026-06-08", to: "2026-06-07" },
        { from: "2026-06-07T12:00:00Z", to: "2026-06-07T14:00:00+02:01" },
      ])("400 where the end is before the beginning: %j", async (query) => {
        const response = await list(server(), await createSite(server()), query);
        await expectInvalid(response, { to: ["Must not be before `from`"] }, INVALID);
      });
    });

    test.each(["eventType", "sessionId", "visitorId", "eventName", "url", "path"])(
      "%s=: an empty filter filters nothing, and one with NUL is 400",
      async (parameter) => {
        const site = await createSite(server());
        await createEvents(server(), [pageView(site)]);
        expect((await listEvents(server(), site, { [parameter]: "" })).pagination.total).toBe(1);
        const response = await list(server(), site, { [parameter]: "a\0b" });
        await expectInvalid(response, { [parameter]: ["Must not contain NUL characters"] }, INVALID);
      },
    );
  });
});

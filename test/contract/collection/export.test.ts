import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { createClient } from "@libsql/client";
import { EXPORT_FIELDS } from "../../../src/domain/exported-event.ts";
import { onEveryTarget } from "../../support/server.ts";
import {
  createEvent,
  createEvents,
  createKey,
  createSite,
  expectError,
  expectInvalid,
  list,
  pageView,
  pageViewText,
  postText,
  type Query,
  type Website,
} from "./fixture.ts";

const CURSOR_WRONG = {
  cursor: ["Must be the dedupeKey of an exported event that the website still has; after its purge, go on by `from`"],
};

describe("GET /api/v1/events/export", () => {
  onEveryTarget((server) => {
    const path = (site: Pick<Website, "trackingCode">, query: Query) => {
      const parameters = new URLSearchParams({ trackingCode: site.trackingCode });
      for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
      return `/api/v1/events/export?${parameters}`;
    };
    const ask = (site: Pick<Website, "trackingCode">, query: Query = {}, init: BunFetchRequestInit = {}) =>
      server().request(path(site, query), init);

    /** The lines of an export, without the last line break. */
    async function linesOf(site: Website, query: Query = {}): Promise<string[]> {
      const response = await ask(site, query);
      const text = await response.text();
      expect({ status: response.status, text: text.slice(0, 500) }).toMatchObject({ status: 200 });
      expect(text === "" || text.endsWith("\n")).toBeTrue();
      return text === "" ? [] : text.slice(0, -1).split("\n");
    }
    const namesOf = async (site: Website, query: Query = {}) =>
      (await linesOf(site, query)).map((line) => JSON.parse(line).eventName).join("");

    /** Speaks SQL to the server's file, for what no route does. */
    async function run(sql: string, site: Website): Promise<void> {
      const client = createClient({ url: `file:${server().database}`, timeout: 5_000 });
      await client.execute({ sql, args: [site.programId] }).finally(() => client.close());
    }

    const named = (site: Website, names: string, fields: (name: string, n: number) => Record<string, unknown>) =>
      createEvents(
        server(),
        Array.from(names, (name, n) => pageView(site, { eventType: "custom", eventName: name, ...fields(name, n) })),
      );

    test("200 with every field of an event in a line of JSON", async () => {
      const site = await createSite(server());
      const event = await createEvent(
        server(),
        pageView(site, {
          eventType: "conversion",
          url: "https://example.com/a?b=c",
          referrer: "https://from.example/",
          deviceType: "mobile",
          browser: "Chrome",
          os: "Android",
          location: "DE",
          timestamp: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
          eventName: "order",
          eventId: "order-1",
          value: 99.99,
          currency: "EUR",
          properties: { b: 1, a: [null] },
        }),
      );
      const response = await ask(site);
      expect(response.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
      expect(response.headers.get("content-disposition")).toBe(`attachment; filename="events-${site.id}.jsonl"`);
      expect(response.headers.get("cache-control")).toBe("no-store");
      const [line = "", end] = (await response.text()).split("\n");
      expect(end).toBe("");
      expect(Object.keys(JSON.parse(line))).toEqual([...EXPORT_FIELDS]);
      expect(JSON.parse(line)).toEqual({
        dedupeKey: "e:order-1",
        eventType: "conversion",
        eventName: "order",
        timestamp: "2026-01-02T03:04:05.006Z",
        createdAt: event.createdAt,
        visitorId: "vis-1",
        sessionId: "sess-1",
        url: "https://example.com/a?b=c",
        path: "/a",
        referrer: "https://from.example/",
        deviceType: "mobile",
        browser: "Chrome",
        os: "Android",
        location: "DE",
        region: null,
        city: null,
        botName: null,
        botCompany: null,
        aiSource: null,
        clickId: null,
        customerKey: null,
        currency: "EUR",
        isTest: false,
        value: 99.99,
        properties: { b: 1, a: [null] },
        data: null,
      });
    });

    test("an event without an eventId is called by where it was stored first", async () => {
      const site = await createSite(server());
      const { id } = await createEvent(server(), pageView(site));
      const [line = ""] = await linesOf(site);
      expect(JSON.parse(line).dedupeKey).toBe(`x:${site.trackingCode}.${id}`);
    });

    test("properties come out as they went in, digit by digit", async () => {
      const site = await createSite(server());
      const properties = '{"z":1.10,"a":9007199254740993,"e":1e400,"t":"\\u2028é😀"}';
      await postText(server(), pageViewText(site, "properties", properties));
      const [line = ""] = await linesOf(site);
      expect(line).toContain(`"properties":${properties.replace("\\u2028", "\u2028")},"data":null}`);
    });

    test("oldest first, and those of one time in order of arrival; or all in order of arrival", async () => {
      const site = await createSite(server());
      await named(site, "abcde", (name) => ({ timestamp: Date.UTC(2026, 0, "cade".indexOf(name) < 0 ? 9 : 1) }));
      expect(await namesOf(site)).toBe("acdeb");
      expect(await namesOf(site, { order: "received" })).toBe("abcde");
    });

    test("CSV has a header and the same fields", async () => {
      const site = await createSite(server());
      await createEvent(
        server(),
        pageView(site, { eventId: "1", browser: 'a "b", c', os: "", timestamp: 1_767_225_600_000 }),
      );
      const response = await ask(site, { format: "csv" });
      expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
      expect(response.headers.get("content-disposition")).toBe(`attachment; filename="events-${site.id}.csv"`);
      const [header, row = ""] = (await response.text()).split("\n");
      expect(header).toBe(EXPORT_FIELDS.join(","));
      expect(row).toMatch(
        /^e:1,pageview,,2026-01-01T00:00:00\.000Z,2\S+Z,vis-1,sess-1,https:\/\/example\.com\/page,\/page,,/,
      );
      expect(row).toEndWith(',"a ""b"", c","",,,,,,,,,,false,,,');
    });

    test("an empty export is empty, and in CSV a header", async () => {
      const site = await createSite(server());
      expect(await linesOf(site)).toEqual([]);
      expect(await linesOf(site, { format: "csv" })).toEqual([EXPORT_FIELDS.join(",")]);
    });

    test("all filters of the list, and the same events", async () => {
      const site = await createSite(server());
      await named(site, "abcdef", (name, n) => ({
        eventType: n % 2 === 0 ? "custom" : "click",
        sessionId: `s${n % 3}`,
        visitorId: `v${n % 2}`,
        url: `https://example.com/${name === "a" ? "über/a" : "b"}`,
        timestamp: Date.UTC(2026, 0, 1 + n),
      }));
      for (const query of [
        {},
        { eventType: "click" },
        { eventName: "c" },
        { sessionId: "s1" },
        { visitorId: "v0", eventType: "custom" },
        { url: "https://example.com/b" },
        { path: "/über" },
        { from: "2026-01-02", to: "2026-01-04" },
        { from: Date.UTC(2026, 0, 6) },
        { eventName: "nothing" },
        { eventType: "" },
      ]) {
        const page = (await (await list(server(), site, { ...query, order: "asc" })).json()) as {
          events: { eventName: string }[];
        };
        expect(await namesOf(site, query)).toBe(page.events.map(({ eventName }) => eventName).join(""));
      }
    });

    test("no soft-deleted events, and test events only where they are wanted", async () => {
      const site = await createSite(server());
      await named(site, "abc", () => ({}));
      await run("UPDATE events SET deleted_at = 1, deletion_id = 1 WHERE site_id = ? AND name = 'a'", site);
      await run("UPDATE events SET is_test = 1 WHERE site_id = ? AND name = 'b'", site);
      expect(await namesOf(site)).toBe("c");
      expect(await namesOf(site, { includeTest: true })).toBe("bc");
      expect(await namesOf(site, { includeTest: false })).toBe("c");
    });

    test("goes on behind any line, in both orders and formats", async () => {
      const site = await createSite(server());
      await named(site, "abcdefgh", (name, n) => ({
        timestamp: Date.UTC(2026, 0, 1 + (n % 3)),
        ...(n % 2 === 0 ? { eventId: `key ${name}=&+é` } : {}),
      }));
      for (const order of ["asc", "received"]) {
        for (const format of ["jsonl", "csv"]) {
          const whole = await linesOf(site, { order, format });
          const events = (await linesOf(site, { order })).map((line) => JSON.parse(line));
          for (const [position, { dedupeKey }] of events.entries()) {
            const header = format === "csv" ? 1 : 0;
            expect(await linesOf(site, { order, format, cursor: dedupeKey })).toEqual(
              whole.slice(position + 1 + header),
            );
          }
        }
      }
    });

    test("goes on behind a line whose event was deleted meanwhile, until its purge", async () => {
      const site = await createSite(server());
      await named(site, "abc", (_name, n) => ({ timestamp: Date.UTC(2026, 0, 1 + n) }));
      const cursor = JSON.parse((await linesOf(site))[1] ?? "").dedupeKey;
      await run("UPDATE events SET deleted_at = 1, deletion_id = 1 WHERE site_id = ? AND name = 'b'", site);
      expect(await namesOf(site, { cursor })).toBe("c");
      await run("DELETE FROM events WHERE site_id = ? AND name = 'b'", site);
      await expectInvalid(await ask(site, { cursor }), CURSOR_WRONG, "Invalid query parameters");
    });

    test("is compressed where that is accepted", async () => {
      const site = await createSite(server());
      await named(site, "abc", () => ({}));
      const plain = await ask(site, {}, { headers: { "accept-encoding": "identity" } });
      const compressed = await ask(site, {}, { headers: { "accept-encoding": "br, gzip;q=0.5" }, decompress: false });
      expect(plain.headers.get("content-encoding")).toBeNull();
      expect(compressed.headers.get("content-encoding")).toBe("gzip");
      for (const { headers } of [plain, compressed]) expect(headers.get("vary")).toBe("Accept-Encoding");
      expect(gunzipSync(await compressed.bytes()).toString()).toBe(await plain.text());
    });

    test("more events than are read at once, each of them once", async () => {
      const site = await createSite(server());
      for (let batch = 0; batch < 3; batch++) {
        await createEvents(
          server(),
          Array.from({ length: 900 }, (_, n) => pageView(site, { timestamp: 1_767_225_600_000 + (n % 7) })),
        );
      }
      for (const encoding of ["identity", "gzip"]) {
        const text = await (await ask(site, {}, { headers: { "accept-encoding": encoding } })).text();
        const keys = text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).dedupeKey);
        expect(keys).toHaveLength(2_700);
        expect(new Set(keys).size).toBe(2_700);
      }
    });

    test("HEAD shows the headers, as often as it is asked", async () => {
      const site = await createSite(server());
      await named(site, "a", () => ({}));
      for (let n = 0; n < 20; n++) {
        const response = await ask(site, {}, { method: "HEAD" });
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
        expect(await response.text()).toBe("");
      }
      expect(await namesOf(site)).toBe("a");
    });

    test("is one request of its key's limit, as a visitor's export and an event stream are", async () => {
      const site = await createSite(server());
      await named(site, "abc", () => ({}));
      const key = await createKey(server(), { permissions: ["events:read"], sites: [site.id], tier: "free" });
      const code = `trackingCode=${site.trackingCode}`;
      const left: (string | null)[] = [];
      for (const name of ["events/export", "events/export", "visitors/vis-1/export", "events/stream"]) {
        const leaving = new AbortController();
        const answer = await server().request(`/api/v1/${name}?${code}`, { key, signal: leaving.signal });
        expect(answer.status).toBe(200);
        left.push(answer.headers.get("x-ratelimit-remaining"));
        leaving.abort();
      }
      expect(left).toEqual(["59", "58", "57", "56"]);
    });

    describe("400", () => {
      test.each([
        ["format=xml", { format: ["Must be one of: jsonl, csv"] }],
        ["order=desc", { order: ["Must be one of: asc, received"] }],
        ["from=yesterday", { from: ["Must be an ISO 8601 time, a date, or milliseconds since 1970"] }],
        ["from=2026-02-01&to=2026-01-01", { to: ["Must not be before `from`"] }],
        ["eventType=%00", { eventType: ["Must not contain NUL characters"] }],
        ["includeTest=1", { includeTest: ["Must be one of: true, false"] }],
        ["cursor=", CURSOR_WRONG],
        ["cursor=e:unknown", CURSOR_WRONG],
        ["cursor=%00", CURSOR_WRONG],
        ["cursor=x:pm-a-1.zzz", CURSOR_WRONG],
      ] as const)("for %s", async (query, fieldErrors) => {
        const site = await createSite(server());
        const response = await server().request(`${path(site, {})}&${query}`);
        await expectInvalid(response, fieldErrors, "Invalid query parameters");
      });

      test("for a cursor of another website", async () => {
        const [site, other] = [await createSite(server()), await createSite(server())];
        await createEvent(server(), pageView(other, { eventId: "mine" }));
        const { id } = await createEvent(server(), pageView(other));
        for (const cursor of ["e:mine", `x:${other.trackingCode}.${id}`, `x:${site.trackingCode}.${id}`]) {
          await expectInvalid(await ask(site, { cursor }), CURSOR_WRONG, "Invalid query parameters");
        }
      });

      test.each(["", "?trackingCode="])("without a tracking code: %j", async (query) => {
        const message = "trackingCode query parameter is required";
        await expectError(await server().request(`/api/v1/events/export${query}`), 400, "MISSING_PARAMETER", message);
      });
    });

    test("404 for a tracking code that nobody has", async () => {
      const message = "Website with this tracking code not found";
      for (const trackingCode of ["pm-nobody-1", "nothing"]) {
        await expectError(await ask({ trackingCode }), 404, "NOT_FOUND", message);
      }
    });

    test("401 without a key, also of a website that everyone may read", async () => {
      const site = await createSite(server(), { publicRead: true });
      const response = await server().request(path(site, {}), { key: null });
      expect(response.status).toBe(401);
    });
  });
});

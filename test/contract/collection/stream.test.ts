import { describe, expect, test } from "bun:test";
import { type OpenStream, readEventStream } from "../../support/event-stream.ts";
import { onEveryTarget } from "../../support/server.ts";
import {
  createEvent,
  createEvents,
  createKey,
  createSite,
  expectError,
  expectInvalid,
  listEvents,
  pageView,
  type Query,
  type Website,
} from "./fixture.ts";

describe("GET /api/v1/events/stream", () => {
  onEveryTarget((server) => {
    const path = (site: Pick<Website, "trackingCode">, query: Query = {}) => {
      const parameters = new URLSearchParams({ trackingCode: site.trackingCode });
      for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
      return `/api/v1/events/stream?${parameters}`;
    };

    async function open(
      site: Pick<Website, "trackingCode">,
      said: { query?: Query; lastEventId?: string; key?: string } = {},
    ): Promise<OpenStream> {
      const leaving = new AbortController();
      const response = await server().request(path(site, said.query), {
        signal: leaving.signal,
        headers: said.lastEventId === undefined ? {} : { "last-event-id": said.lastEventId },
        ...(said.key === undefined ? {} : { key: said.key }),
      });
      expect(response.status).toBe(200);
      return readEventStream(response, () => leaving.abort());
    }

    const eventOf = async (stream: OpenStream) => JSON.parse((await stream.next())?.data ?? "null");

    async function idsOf(stream: OpenStream, count: number): Promise<string[]> {
      const ids: string[] = [];
      while (ids.length < count) ids.push((await eventOf(stream)).id);
      return ids;
    }

    test("200 shows each event as the list does, as soon as it is stored", async () => {
      const site = await createSite(server());
      await createEvent(server(), pageView(site));
      await using stream = await open(site);
      expect(stream.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
      expect(stream.response.headers.get("cache-control")).toBe("no-store");
      expect(stream.response.headers.get("x-accel-buffering")).toBe("no");
      for (const properties of [{ a: [1, null], text: "é\n\u2028" }, {}]) {
        const event = await createEvent(server(), pageView(site, { properties, eventId: JSON.stringify(properties) }));
        expect(await eventOf(stream)).toEqual(event);
      }
      expect(stream.lines()[0]).toBe("retry: 2000");
    });

    test("each event comes once and in order of arrival, whatever their times", async () => {
      const site = await createSite(server());
      await using stream = await open(site);
      const batches = await Promise.all(
        Array.from({ length: 8 }, (_, batch) =>
          createEvents(
            server(),
            Array.from({ length: 100 }, (_, n) => pageView(site, { timestamp: 1_767_225_600_000 - batch * 100 - n })),
          ),
        ),
      );
      const posted = batches.flatMap(({ events }) => events.map(({ id }) => id));
      const ids = await idsOf(stream, 800);
      expect(ids).toEqual(posted.toSorted((a, b) => Number.parseInt(a, 36) - Number.parseInt(b, 36)));
    });

    test("goes on where it ended by Last-Event-ID, also by one that no event came with", async () => {
      const site = await createSite(server());
      let last: string;
      {
        await using stream = await open(site, { query: { eventType: "click" } });
        await createEvents(server(), [pageView(site), pageView(site, { eventType: "click" }), pageView(site)]);
        await eventOf(stream);
        last = stream.lastEventId();
      }
      const { events } = await createEvents(server(), [pageView(site), pageView(site)]);
      await using again = await open(site, { lastEventId: last });
      const [, ...ids] = await idsOf(again, 3);
      expect(ids).toEqual(events.map(({ id }) => id));

      await using empty = await open(site);
      await createEvent(server(), pageView(site));
      await eventOf(empty);
      const start = empty
        .lines()
        .find((line) => line.startsWith("id: "))
        ?.slice(4);
      await using third = await open(site, { lastEventId: String(start) });
      expect(await idsOf(third, 1)).toHaveLength(1);
    });

    test("goes on behind a page of the list, and the list behind a message", async () => {
      const site = await createSite(server());
      await createEvents(server(), [pageView(site), pageView(site)]);
      const { pagination } = await listEvents(server(), site, { order: "received", limit: 1 });
      await using stream = await open(site, { query: { cursor: String(pagination.nextCursor) } });
      const { lastEventId } = (await stream.next()) ?? { lastEventId: "" };
      const later = await createEvent(server(), pageView(site));
      const page = await listEvents(server(), site, { order: "received", cursor: lastEventId });
      expect(page.events.map(({ id }) => id)).toEqual([later.id]);
    });

    test("Last-Event-ID beats the cursor of the URL, which a browser asks for again and again", async () => {
      const site = await createSite(server());
      await createEvents(server(), [pageView(site), pageView(site)]);
      const first = await listEvents(server(), site, { order: "received", limit: 1 });
      const second = await listEvents(server(), site, { order: "received", limit: 2 });
      await using stream = await open(site, {
        query: { cursor: String(first.pagination.nextCursor) },
        lastEventId: String(second.pagination.nextCursor),
      });
      const { id } = await createEvent(server(), pageView(site));
      expect(await idsOf(stream, 1)).toEqual([id]);
    });

    test("only what the filters of the list let through, and nothing of other websites", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      await using clicks = await open(site, { query: { eventType: "click", path: "/a" } });
      await createEvents(server(), [
        pageView(site),
        pageView(other, { eventType: "click", url: "https://example.com/a" }),
        pageView(site, { eventType: "click", url: "https://example.com/b" }),
      ]);
      const { id } = await createEvent(
        server(),
        pageView(site, { eventType: "click", url: "https://example.com/a/b" }),
      );
      expect(await idsOf(clicks, 1)).toEqual([id]);
    });

    test("several streams get the same", async () => {
      const site = await createSite(server());
      await using stack = new AsyncDisposableStack();
      const streams = await Promise.all(Array.from({ length: 5 }, async () => stack.use(await open(site))));
      const { id } = await createEvent(server(), pageView(site));
      for (const stream of streams) expect(await idsOf(stream, 1)).toEqual([id]);
    });

    describe("400", () => {
      test.each([
        ["from=yesterday", { from: ["Must be an ISO 8601 time, a date, or milliseconds since 1970"] }],
        ["cursor=x", { cursor: ["Is not a cursor of this list"] }],
        ["includeTest=1", { includeTest: ["Must be one of: true, false"] }],
      ])("for %s", async (query, fieldErrors) => {
        const site = await createSite(server());
        await expectInvalid(await server().request(`${path(site)}&${query}`), fieldErrors, "Invalid query parameters");
      });

      test("for a cursor of a list in another order, and a Last-Event-ID that is none", async () => {
        const site = await createSite(server());
        await createEvents(server(), [pageView(site), pageView(site)]);
        const { pagination } = await listEvents(server(), site, { limit: 1 });
        const cursor = String(pagination.nextCursor);
        const wrong = (message: string) => ({ cursor: [message] });
        await expectInvalid(
          await server().request(path(site, { cursor })),
          wrong("Belongs to a list in another order"),
          "Invalid query parameters",
        );
        const headers = { "last-event-id": "5" };
        await expectInvalid(
          await server().request(path(site), { headers }),
          wrong("Is not a cursor of this list"),
          "Invalid query parameters",
        );
      });

      test("without a tracking code", async () => {
        const message = "trackingCode query parameter is required";
        await expectError(await server().request("/api/v1/events/stream"), 400, "MISSING_PARAMETER", message);
      });
    });

    test("404 for a tracking code that nobody has", async () => {
      const message = "Website with this tracking code not found";
      await expectError(await server().request(path({ trackingCode: "pm-nobody-1" })), 404, "NOT_FOUND", message);
    });

    test("401 without a key, also of a website that everyone may read", async () => {
      const site = await createSite(server(), { publicRead: true });
      expect((await server().request(path(site), { key: null })).status).toBe(401);
    });

    test("a key for the website is enough", async () => {
      const site = await createSite(server());
      const key = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
      await using stream = await open(site, { key });
      const { id } = await createEvent(server(), pageView(site));
      expect(await idsOf(stream, 1)).toEqual([id]);
    });

    test("503 beyond 64 streams, until one of them leaves", async () => {
      const site = await createSite(server());
      const stack = new AsyncDisposableStack();
      for (let n = 0; n < 64; n++) stack.use(await open(site));
      const refused = await server().request(path(site));
      expect(refused.headers.get("retry-after")).toBe("5");
      await expectError(refused, 503, "OVERLOADED", "There are 64 event streams already; try again later");
      await stack.disposeAsync();
      let status = 503;
      for (let n = 0; n < 200 && status === 503; n++) {
        const leaving = new AbortController();
        const response = await server().request(path(site), { signal: leaving.signal });
        ({ status } = response);
        leaving.abort();
        if (status === 503) await Bun.sleep(10);
      }
      expect(status).toBe(200);
    });
  });
});

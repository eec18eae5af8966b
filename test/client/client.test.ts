import { describe, expect, test } from "bun:test";
import type { ClientOptions, Rejection } from "../../src/client/client.d.ts";
import { createClient } from "../../src/client/index.ts";
import { createKey, createSite, type EventBody, listEvents, type Website } from "../contract/collection/fixture.ts";
import { eventually } from "../support/clock.ts";
import { startApp, useServer } from "../support/server.ts";
import { type Mishap, startGateway } from "./gateway.ts";

const server = useServer(() => startApp());

/** Far above the time that a test takes: what is sent before it was asked for. */
const NEVER_MS = 60_000;

const WITHIN_MS = 10_000;

interface Connected extends AsyncDisposable {
  readonly client: ReturnType<typeof createClient>;
  readonly gateway: ReturnType<typeof startGateway>;
  readonly rejections: readonly Rejection[];
  readonly site: Website;
  stored(): Promise<readonly EventBody[]>;
}

/** A client with a website of its own, on a way to the server where things go wrong. */
async function connect(mishaps: readonly Mishap[] = [], options: Partial<ClientOptions> = {}): Promise<Connected> {
  const site = await createSite(server());
  const gateway = startGateway(server().url, mishaps);
  const rejections: Rejection[] = [];
  const client = createClient({
    url: gateway.url,
    trackingCode: site.trackingCode,
    batchAfterMs: NEVER_MS,
    onRejected: (rejection) => void rejections.push(rejection),
    ...options,
  });
  return {
    client,
    gateway,
    rejections,
    site,
    stored: async () => (await listEvents(server(), site, { limit: 1_000, order: "asc" })).events,
    [Symbol.asyncDispose]: gateway[Symbol.asyncDispose],
  };
}

const page = (n = 0) => ({ url: `https://example.com/${n}` });

describe("an event", () => {
  test("arrives with all that was said of it", async () => {
    await using it = await connect();
    const fields = {
      url: "https://example.com/checkout",
      referrer: "https://example.com/cart",
      visitorId: "visitor",
      sessionId: "session",
      eventName: "order",
      value: 12.5,
      currency: "EUR",
      properties: { plan: "pro", nested: { deep: [1, null] } },
      timestamp: Date.UTC(2026, 0, 2),
      eventId: "order-1",
      deviceType: "tablet",
      browser: "Firefox",
      os: "Linux",
      location: "DE",
    } as const;
    expect(it.client.track("conversion", fields)).toBe("order-1");
    expect(await it.client.flush()).toBeTrue();
    expect(await it.stored()).toMatchObject([{ eventType: "conversion", ...fields }]);
    expect(it.rejections).toEqual([]);
  });

  test("has an id, a time and a session of its own where nothing was said", async () => {
    await using it = await connect();
    const before = Date.now();
    const eventId = it.client.track("click", { ...page(), eventId: undefined, visitorId: undefined } as object);
    it.client.track("click", page());
    await it.client.flush();
    const [first, second] = await it.stored();
    expect(first?.eventId).toBe(eventId);
    expect(eventId.length).toBeGreaterThanOrEqual(20);
    expect(second?.eventId).not.toBe(eventId);
    expect(first?.timestamp).toBeWithin(before, Date.now() + 1);
    expect(first?.sessionId).toBe(second?.sessionId);
    expect(first?.visitorId).toBe(first?.sessionId);
  });

  test("that cannot be written as JSON breaks nothing: it is rejected", async () => {
    await using it = await connect();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const properties of [{ n: 1n }, cyclic]) it.client.track("click", { ...page(), properties });
    it.client.track("click", page());
    await it.client.flush();
    expect(await it.stored()).toHaveLength(1);
    expect(it.rejections.map(({ error }) => error)).toEqual(["INVALID_JSON", "INVALID_JSON"]);
  });

  test("is what it was when it was tracked, whatever becomes of its properties", async () => {
    await using it = await connect();
    const properties = { step: 1 };
    it.client.track("click", { ...page(), properties });
    properties.step = 2;
    await it.client.flush();
    expect(await it.stored()).toMatchObject([{ properties: { step: 1 } }]);
  });
});

describe("events are sent together", () => {
  test("ten at once, and not before", async () => {
    await using it = await connect();
    for (let n = 0; n < 9; n++) it.client.track("click", page(n));
    await Bun.sleep(0);
    expect(it.gateway.batches).toHaveLength(0);
    it.client.track("click", page(9));
    await eventually("the batch is stored", WITHIN_MS, async () => (await it.stored()).length === 10);
    expect(it.gateway.batches.map(({ events }) => events.length)).toEqual([10]);
  });

  test("fewer after a time", async () => {
    await using it = await connect([], { batchAfterMs: 30 });
    it.client.track("click", page(1));
    it.client.track("click", page(2));
    await eventually("the batch is stored", WITHIN_MS, async () => (await it.stored()).length === 2);
    expect(it.gateway.batches).toHaveLength(1);
    it.client.track("click", page(3));
    await eventually("the next one, too", WITHIN_MS, async () => (await it.stored()).length === 3);
  });

  test("in requests of at most 100 events and 64 KiB, in their order", async () => {
    await using it = await connect();
    for (let n = 0; n < 250; n++) it.client.track("click", { ...page(n), timestamp: Date.UTC(2026, 0, 1) + n });
    expect(await it.client.flush()).toBeTrue();
    const filler = "é".repeat(10_000);
    for (let n = 250; n < 260; n++) {
      it.client.track("click", { ...page(n), timestamp: Date.UTC(2026, 0, 1) + n, properties: { filler } });
    }
    expect(await it.client.flush()).toBeTrue();
    expect((await it.stored()).map(({ url }) => url)).toEqual(Array.from({ length: 260 }, (_, n) => page(n).url));
    for (const { events, bytes } of it.gateway.batches) {
      expect(events.length).toBeWithin(1, 101);
      expect(bytes).toBeLessThan(64 * 1024);
    }
  });
});

describe.concurrent("after a failure they are sent again, and stored once", () => {
  test.each([
    ["the server is overloaded", { kind: "answer", status: 503 }],
    ["too much was asked", { kind: "answer", status: 429 }],
    ["something else answers", { kind: "answer", status: 200, body: "<h1>Log in</h1>" }],
    ["the server fails", { kind: "answer", status: 500, body: "{}" }],
    ["the answer is lost", { kind: "lose the answer" }],
  ] as const satisfies readonly (readonly [string, Mishap])[])("%s", async (_, mishap) => {
    await using it = await connect([mishap]);
    it.client.track("click", page(1));
    it.client.track("click", page(2));
    expect(await it.client.flush(WITHIN_MS)).toBeTrue();
    expect(it.gateway.batches).toHaveLength(2);
    const [first, second] = it.gateway.batches;
    expect(second?.events).toEqual(first?.events as never);
    expect(await it.stored()).toHaveLength(2);
    expect(it.rejections).toEqual([]);
  });

  test("where nobody listens, until somebody does", async () => {
    const site = await createSite(server());
    await using closed = startGateway(server().url);
    const { port } = new URL(closed.url);
    await closed[Symbol.asyncDispose]();
    const client = createClient({ url: closed.url, trackingCode: site.trackingCode });
    client.track("click", page());
    expect(await client.flush(50)).toBeFalse();
    using open = Bun.serve({
      hostname: "127.0.0.1",
      port: Number(port),
      fetch: async (request) =>
        fetch(server().url + new URL(request.url).pathname, { method: "POST", body: await request.text() }),
    });
    expect(await client.flush(WITHIN_MS)).toBeTrue();
    expect((await listEvents(server(), site)).events).toHaveLength(1);
    await open.stop(true);
  });

  test.each([
    ["a number of seconds", () => "2"],
    ["a date", () => new Date(Date.now() + 3_000).toUTCString()],
  ])("but not before the time that the server asks for by %s", async (_, retryAfter) => {
    await using it = await connect([{ kind: "answer", status: 503, headers: { "retry-after": retryAfter() } }]);
    const begun = performance.now();
    it.client.track("click", page());
    expect(await it.client.flush(WITHIN_MS)).toBeTrue();
    expect(performance.now() - begun).toBeGreaterThan(1_900);
    expect(await it.stored()).toHaveLength(1);
  });

  test("later and later: events that come meanwhile do not hurry it", async () => {
    await using it = await connect([
      { kind: "answer", status: 503 },
      { kind: "answer", status: 503 },
    ]);
    const begun = performance.now();
    for (let n = 0; n < 30; n++) it.client.track("click", page(n));
    await eventually("the first failure", WITHIN_MS, () => it.gateway.batches.length === 1);
    for (let n = 30; n < 60; n++) it.client.track("click", page(n));
    expect(await it.client.flush(WITHIN_MS)).toBeTrue();
    // At least half of 1 s, then half of 2 s.
    expect(performance.now() - begun).toBeGreaterThan(1_450);
    expect(it.gateway.batches.map(({ events }) => events.length)).toEqual([30, 60, 60]);
    expect(await it.stored()).toHaveLength(60);
  });
});

describe("events that will not be stored", () => {
  test("are told of one by one, with the server's reason, and not sent again", async () => {
    await using it = await connect();
    it.client.track("click", page(1));
    it.client.track("click", { url: "nowhere" });
    it.client.track("click", { ...page(2), sessionId: "" });
    expect(await it.client.flush()).toBeTrue();
    expect(it.gateway.batches).toHaveLength(1);
    expect(it.rejections).toMatchObject([
      {
        event: { url: "nowhere", trackingCode: it.site.trackingCode },
        error: "VALIDATION_ERROR",
        message: "Invalid event data",
        details: { fieldErrors: { url: ["Must be an http or https URL"] } },
      },
      { event: page(2), details: { fieldErrors: { sessionId: ["Must be a string of 1 to 200 characters"] } } },
    ]);
    expect(await it.stored()).toHaveLength(1);
  });

  test("do not take their neighbours along where the whole batch is refused because of one", async () => {
    await using it = await connect();
    for (let n = 0; n < 9; n++) it.client.track("click", { ...page(n), timestamp: Date.UTC(2026, 0, 1) + n });
    // Half a character: the server refuses the request.
    it.client.track("click", { ...page(9), properties: { text: "\ud800" } });
    expect(await it.client.flush()).toBeTrue();
    expect((await it.stored()).map(({ url }) => url)).toEqual(Array.from({ length: 9 }, (_, n) => page(n).url));
    expect(it.rejections).toMatchObject([{ event: page(9), error: "INVALID_JSON" }]);
    expect(it.gateway.batches.length).toBeLessThan(12);
  });

  test("are all of them where the website is not known, and where the key is no good", async () => {
    await using it = await connect([], { trackingCode: "pm-nobody-1" });
    it.client.track("click", page(1));
    it.client.track("click", page(2));
    expect(await it.client.flush()).toBeTrue();
    expect(it.rejections.map(({ error }) => error)).toEqual(["NOT_FOUND", "NOT_FOUND"]);

    await using other = await connect([], { key: "ff_unknown0_0123456789abcdefghijABCDEFGHIJ01" });
    other.client.track("click", page(1));
    other.client.track("click", page(2));
    expect(await other.client.flush()).toBeTrue();
    expect(other.rejections.map(({ error }) => error)).toEqual(["UNAUTHORIZED", "UNAUTHORIZED"]);
    expect(other.gateway.batches).toHaveLength(1);
  });

  test("are those that find the queue full", async () => {
    await using it = await connect([{ kind: "answer", status: 503, headers: { "retry-after": "3600" } }], {
      maxQueue: 3,
    });
    for (let n = 0; n < 5; n++) it.client.track("click", page(n));
    expect(await it.client.flush(100)).toBeFalse();
    expect(it.rejections).toMatchObject([
      { event: page(3), error: "QUEUE_FULL", message: "3 events wait for the server" },
      { event: page(4), error: "QUEUE_FULL" },
    ]);
  });

  test("are told to a function that may fail: the others are stored all the same", async () => {
    await using it = await connect();
    const told = Promise.withResolvers<void>();
    const client = createClient({
      url: it.gateway.url,
      trackingCode: it.site.trackingCode,
      onRejected: () => told.resolve(),
    });
    client.track("click", { url: "nowhere" });
    client.track("click", page());
    expect(await client.flush()).toBeTrue();
    await told.promise;
    expect(await it.stored()).toHaveLength(1);
  });
});

describe("flush", () => {
  test("has nothing to wait for when nothing waits", async () => {
    await using it = await connect();
    expect(await it.client.flush()).toBeTrue();
    expect(it.gateway.batches).toEqual([]);
  });

  test("waits no longer than it is told to", async () => {
    await using it = await connect([{ kind: "answer", status: 503, headers: { "retry-after": "60" } }]);
    it.client.track("click", page());
    expect(await it.client.flush(50)).toBeFalse();
  });
});

test("a key goes along as a header, and what the server concludes from its visitors' requests is left out", async () => {
  await using it = await connect([], { key: await createKey(server(), { permissions: ["events:write"] }) });
  it.client.track("click", {
    ...page(),
    userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1",
  });
  expect(await it.client.flush()).toBeTrue();
  expect(it.gateway.batches[0]?.headers.get("authorization")).toStartWith("Bearer ff_");
  expect(await it.stored()).toMatchObject([{ deviceType: "mobile" }]);
});

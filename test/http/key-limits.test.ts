import { describe, expect, test } from "bun:test";
import {
  createKey,
  createSite,
  expectError,
  expectStatus,
  pageView,
  post,
  postBatch,
} from "../contract/collection/fixture.ts";
import { START_S, startLimited, statusesOf, TOLD_NOTHING, toldBy } from "./limit-fixture.ts";

const LISTING = "/api/v1/websites";
const READER = { permissions: ["events:read"] };

describe("a key of the tier free", () => {
  test("may make 60 requests; the 61st is told when to come back, and is let in then", async () => {
    await using fixture = await startLimited();
    const { server, clock } = fixture;
    const key = await createKey(server, { ...READER, tier: "free" });
    const ask = () => server.request(LISTING, { key });
    for (let made = 1; made <= 60; made++) {
      const response = await ask();
      expect(response.status).toBe(200);
      expect(toldBy(response)).toEqual({
        limit: "60",
        remaining: String(60 - made),
        reset: String(START_S + made),
        rateLimit: `"key";r=${60 - made};t=1`,
        policy: '"key";q=60;w=60',
        retryAfter: null,
      });
    }
    const refused = await ask();
    expect(toldBy(refused)).toEqual({
      limit: "60",
      remaining: "0",
      reset: String(START_S + 60),
      rateLimit: '"key";r=0;t=1',
      policy: '"key";q=60;w=60',
      retryAfter: "1",
    });
    const message = "The API key may make 60 requests a minute; try again in 1 s";
    await expectError(refused, 429, "RATE_LIMITED", message);
    clock.advance(999);
    expect((await ask()).status).toBe(429);
    clock.advance(1);
    expect(await statusesOf(2, ask)).toEqual([200, 429]);
  });

  test("has all 60 again in the second that X-RateLimit-Reset names", async () => {
    await using fixture = await startLimited();
    const { server, clock } = fixture;
    const key = await createKey(server, { ...READER, tier: "free" });
    const ask = () => server.request(LISTING, { key });
    await statusesOf(59, ask);
    const reset = Number(toldBy(await ask()).reset);
    clock.set(reset * 1_000);
    expect((await statusesOf(61, ask)).filter((status) => status === 200)).toHaveLength(60);
  });

  test("may make 60 requests, however many come at the same moment", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const key = await createKey(server, { ...READER, tier: "free" });
    const answers = await Promise.all(Array.from({ length: 300 }, () => server.request(LISTING, { key })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(240);
  });

  test("is counted and told of its limit by whatever goes wrong, too", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const site = await createSite(server);
    const key = await createKey(server, { permissions: ["events:write"], tier: "free" });
    const requests: readonly (readonly [number, () => Promise<Response>])[] = [
      [201, () => post(server, pageView(site), key)],
      [400, () => post(server, {}, key)],
      [400, () => server.request("/api/v1/events", { body: "{", key })],
      [403, () => server.request(LISTING, { key })],
      [404, () => post(server, pageView({ trackingCode: "pm-nobody-1" }), key)],
      [413, () => server.request("/api/v1/events", { body: " ".repeat(200_000), key })],
      [
        204,
        () =>
          server.request("/api/v1/track", {
            json: { code: site.trackingCode, sid: "s", vid: "v", url: "https://a.example/" },
            key,
          }),
      ],
    ];
    let remaining = 60;
    for (const [status, request] of requests) {
      const response = await request();
      remaining -= 1;
      expect(response.status).toBe(status);
      expect(toldBy(response)).toMatchObject({ limit: "60", remaining: String(remaining) });
    }
  });

  test("is told of its limit by HEAD, which does not count and is not refused; OPTIONS is nobody's", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const key = await createKey(server, { ...READER, tier: "free" });
    for (let i = 0; i < 3; i++) {
      const head = await server.request(LISTING, { method: "HEAD", key });
      expect(head.status).toBe(200);
      expect(toldBy(head)).toMatchObject({ remaining: "60", reset: String(START_S), rateLimit: '"key";r=60;t=0' });
      expect(toldBy(await server.request(LISTING, { method: "OPTIONS", key }))).toEqual(TOLD_NOTHING);
    }
    await statusesOf(60, () => server.request(LISTING, { key }));
    const head = await server.request(LISTING, { method: "HEAD", key });
    expect(head.status).toBe(200);
    expect(toldBy(head)).toMatchObject({ remaining: "0", retryAfter: null });
  });

  test("counts a batch once", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const site = await createSite(server);
    const key = await createKey(server, { permissions: ["events:write"], tier: "free" });
    const response = await postBatch(server, Array(500).fill(pageView(site)), key);
    expect(response.status).toBe(201);
    expect(toldBy(response)).toMatchObject({ remaining: "59" });
  });

  test("is not counted where no key is needed, nor on paths that do not exist", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const key = await createKey(server, { ...READER, tier: "free" });
    for (const path of ["/health", "/version", "/openapi.json", "/api/v1/nothing"]) {
      expect(toldBy(await server.request(path, { key }))).toEqual(TOLD_NOTHING);
    }
    expect(toldBy(await server.request(LISTING, { key }))).toMatchObject({ remaining: "59" });
  });
});

describe("a key", () => {
  test.each([
    [{ tier: "pro" }, 600],
    [{ tier: "free", requestsPerMinute: 7 }, 7],
    [{ tier: "unlimited", requestsPerMinute: 1_000 }, 1_000],
  ])("of %j may make %d requests a minute", async (wish, limit) => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const key = await createKey(server, { ...READER, ...wish });
    const answers = await Promise.all(Array.from({ length: limit + 5 }, () => server.request(LISTING, { key })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(limit);
    expect(toldBy(await server.request(LISTING, { key }))).toMatchObject({
      limit: String(limit),
      policy: `"key";q=${limit};w=60`,
      retryAfter: String(Math.ceil(60 / limit)),
    });
  });

  test.each([
    [
      "of the tier unlimited",
      (server: Parameters<typeof createKey>[0]) => createKey(server, { ...READER, tier: "unlimited" }),
    ],
    ["that is the admin key", (server: Parameters<typeof createKey>[0]) => Promise.resolve(server.adminKey)],
  ])("%s may make any number, and is told of no limit", async (_, make) => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const key = await make(server);
    const answers = await Promise.all(Array.from({ length: 700 }, () => server.request(LISTING, { key })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(toldBy(await server.request(LISTING, { key }))).toEqual(TOLD_NOTHING);
  });

  test("is counted apart from other keys of the same client, and by its other secret alike", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const [one, other] = [
      await createKey(server, { ...READER, tier: "free" }),
      await createKey(server, { ...READER, tier: "free" }),
    ];
    await statusesOf(60, () => server.request(LISTING, { key: one }));
    expect((await server.request(LISTING, { key: other })).status).toBe(200);
    const rotated = await server.request(`/api/v1/keys/${one.slice(3, 11)}/rotate`, { method: "POST" });
    const { key } = (await expectStatus(rotated, 200)) as { key: string };
    expect((await server.request(LISTING, { key })).status).toBe(429);
  });
});

test("a clock that is set back locks no key out", async () => {
  await using fixture = await startLimited();
  const { server, clock } = fixture;
  const key = await createKey(server, { ...READER, tier: "free" });
  await statusesOf(30, () => server.request(LISTING, { key }));
  clock.advance(-3_600_000);
  const statuses = await statusesOf(31, () => server.request(LISTING, { key }));
  expect(statuses.filter((status) => status === 200)).toHaveLength(30);
});

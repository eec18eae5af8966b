import { describe, expect, test } from "bun:test";
import type { AppError } from "../../src/domain/errors.ts";
import { DEFAULT_SITE_SETTINGS, type Site } from "../../src/domain/site.ts";
import { createAdmission } from "../../src/http/admission.ts";
import type { Caller } from "../../src/http/caller.ts";
import { createLimits } from "../../src/http/limits.ts";
import { createRateLimiter } from "../../src/lib/rate-limiter.ts";
import {
  type BatchResult,
  createKey,
  createSite,
  expectError,
  expectStatus,
  listEvents,
  pageView,
  post,
  postBatch,
} from "../contract/collection/fixture.ts";
import { createTestClock } from "../support/clock.ts";
import { scrape } from "../support/scrape.ts";
import { START_S, startLimited, statusesOf, toldBy } from "./limit-fixture.ts";

const TEN_A_MINUTE = "The website takes 10 events a minute; try again in 6 s";

describe("a website that takes 10 events a minute", () => {
  test("takes 10, from whomever; the next one is 429 until there is room", async () => {
    await using fixture = await startLimited();
    const { server, clock } = fixture;
    const site = await createSite(server, { eventsPerMinute: 10 });
    const key = await createKey(server, { permissions: ["events:write"] });
    expect(await statusesOf(4, () => post(server, pageView(site)))).toEqual(Array(4).fill(201));
    expect(await statusesOf(3, () => post(server, pageView(site), key))).toEqual(Array(3).fill(201));
    expect(await statusesOf(3, () => post(server, pageView(site), server.adminKey))).toEqual(Array(3).fill(201));
    const refused = await post(server, pageView(site), server.adminKey);
    expect(toldBy(refused)).toEqual({
      limit: "10",
      remaining: "0",
      reset: String(START_S + 60),
      rateLimit: '"events";r=0;t=6',
      policy: '"events";q=10;w=60',
      retryAfter: "6",
    });
    await expectError(refused, 429, "RATE_LIMITED", TEN_A_MINUTE);
    clock.advance(6_000);
    expect(await statusesOf(2, () => post(server, pageView(site)))).toEqual([201, 429]);
    expect((await listEvents(server, site)).pagination.total).toBe(11);
  });

  test("is told in the metrics: of a batch the events that are too many, of any other request one", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const site = await createSite(server, { eventsPerMinute: 10 });
    const events = [...Array(12).fill(pageView(site)), {}];
    expect(await expectStatus(await postBatch(server, events), 207)).toMatchObject({ eventsCreated: 10 });
    expect(await statusesOf(1, () => post(server, pageView(site)))).toEqual([429]);
    expect(await statusesOf(1, () => postBatch(server, [pageView(site), pageView(site)]))).toEqual([429]);
    const { sum } = await scrape(server);
    const counted = (result: string) => sum("footfall_events_total", { dialect: "collection", result });
    expect([counted("stored"), counted("limited"), counted("rejected")]).toEqual([10, 4, 1]);
    expect(sum("footfall_refused_requests_total", { dialect: "collection", code: "rate_limited" })).toBe(2);
  });

  test("tells of both limits, and in X-RateLimit of the one that leaves less", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const site = await createSite(server, { eventsPerMinute: 10 });
    const key = await createKey(server, { permissions: ["events:write"], tier: "free" });
    expect(toldBy(await post(server, pageView(site), key))).toMatchObject({
      limit: "10",
      remaining: "9",
      rateLimit: '"key";r=59;t=1, "events";r=9;t=6',
      policy: '"key";q=60;w=60, "events";q=10;w=60',
    });
  });

  test("takes of a batch what fits, and tells of each event that does not", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const [site, free] = [await createSite(server, { eventsPerMinute: 10 }), await createSite(server)];
    await post(server, pageView(site));
    const events = [
      ...Array(8).fill(pageView(site)),
      pageView(site, { url: "x" }),
      pageView(free),
      ...Array(3).fill(pageView(site)),
    ];
    const response = await postBatch(server, events);
    expect(toldBy(response)).toMatchObject({ limit: "10", remaining: "0", retryAfter: "6" });
    const result = (await expectStatus(response, 207)) as BatchResult;
    expect(result.eventsCreated).toBe(10);
    expect(result.errors).toEqual([
      { index: 8, error: "VALIDATION_ERROR", message: "Invalid event data", details: expect.anything() } as never,
      { index: 11, error: "RATE_LIMITED", message: TEN_A_MINUTE },
      { index: 12, error: "RATE_LIMITED", message: TEN_A_MINUTE },
    ]);
    expect((await listEvents(server, site)).pagination.total).toBe(10);
    expect((await listEvents(server, free)).pagination.total).toBe(1);
  });

  test("refuses a batch as a whole when nothing of it fits", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const site = await createSite(server, { eventsPerMinute: 10 });
    expect((await postBatch(server, Array(10).fill(pageView(site)))).status).toBe(201);
    const refused = await postBatch(server, Array(2).fill(pageView(site)));
    expect(toldBy(refused).retryAfter).toBe("6");
    await expectError(refused, 429, "RATE_LIMITED", TEN_A_MINUTE);
  });

  test("follows a change of the setting", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const site = await createSite(server, { eventsPerMinute: 1 });
    const set = (eventsPerMinute: number | null) =>
      server.request(`/api/v1/websites/${site.id}`, { method: "PATCH", json: { eventsPerMinute } });
    expect(await statusesOf(2, () => post(server, pageView(site)))).toEqual([201, 429]);
    await expectStatus(await set(null), 200);
    expect(await statusesOf(20, () => post(server, pageView(site)))).toEqual(Array(20).fill(201));
    await expectStatus(await set(1), 200);
    expect((await post(server, pageView(site))).status).toBe(429);
  });
});

describe("several events at once, all or none", () => {
  const site: Site = {
    ...DEFAULT_SITE_SETTINGS,
    eventsPerMinute: 10,
    id: 2,
    name: "A",
    domain: null,
    description: null,
    trackingCode: "pm-a-1",
    siteKey: "ak_a",
    scope: "a",
    createdAt: 0,
  };
  const caller = (): Caller => ({
    key: null,
    address: "192.0.2.1",
    country: null,
    origin: null,
    counts: true,
    answer: { headers: {}, limits: [] },
  });
  const open = () => {
    const clock = createTestClock();
    const limits = createLimits({ limiter: createRateLimiter({ clock }), clock, keylessRate: null });
    return createAdmission({ limits });
  };
  const refusalOf = (admit: () => void): Partial<AppError> | null => {
    try {
      admit();
      return null;
    } catch (error) {
      return error as AppError;
    }
  };

  test("are let in while all of them fit", () => {
    const admission = open();
    expect(refusalOf(() => admission.admit(caller(), site, 7))).toBeNull();
    expect(refusalOf(() => admission.admit(caller(), site, 4))).toMatchObject({ code: "rate_limited", retryAfter: 6 });
    expect(refusalOf(() => admission.admit(caller(), site, 3))).toBeNull();
  });

  test("are too much where they never fit", () => {
    const admission = open();
    const message = "The website takes 10 events a minute: send at most as many at once";
    expect(refusalOf(() => admission.admit(caller(), site, 11))).toMatchObject({ code: "payload_too_large", message });
    expect(refusalOf(() => admission.admit(caller(), site, 10))).toBeNull();
  });
});

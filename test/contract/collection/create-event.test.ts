import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import {
  createEvent,
  createKey,
  createSite,
  EVENT_FIELDS,
  expectError,
  expectInvalid,
  expectStatus,
  ISO_TIME,
  listEvents,
  pageView,
  post,
} from "./fixture.ts";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

describe("POST /api/v1/events", () => {
  onEveryTarget((server) => {
    test("201 shows every field, null where nothing is known", async () => {
      const site = await createSite(server());
      const before = Date.now();
      const event = await createEvent(server(), pageView(site));
      expect(Object.keys(event)).toEqual([...EVENT_FIELDS]);
      expect(event).toEqual({
        id: expect.stringMatching(/^[0-9a-z]{1,11}$/),
        websiteId: site.id,
        eventType: "pageview",
        eventName: null,
        url: "https://example.com/page",
        referrer: null,
        sessionId: "sess-1",
        visitorId: "vis-1",
        deviceType: null,
        browser: null,
        os: null,
        location: null,
        value: null,
        currency: null,
        eventId: null,
        timestamp: expect.any(Number),
        createdAt: expect.stringMatching(ISO_TIME),
        properties: null,
      });
      expect(event.timestamp).toBeGreaterThanOrEqual(before);
      expect(event.timestamp).toBeLessThanOrEqual(Date.parse(event.createdAt));
      expect(Date.parse(event.createdAt)).toBeLessThanOrEqual(Date.now());
    });

    test("201 shows every field that was sent", async () => {
      const site = await createSite(server());
      const sent = {
        eventType: "conversion",
        eventName: "signup",
        url: "https://example.com/join?plan=pro#top",
        referrer: "https://search.example/?q=a",
        sessionId: "sess-user-123-session-456",
        visitorId: "vis-user-unique-id-789",
        deviceType: "tablet",
        browser: "Firefox",
        os: "macOS",
        location: "GB",
        value: 99.99,
        currency: "EUR",
        eventId: "order-1",
        timestamp: 1704067200000,
        properties: { articleId: "art-123", readingTime: 5, tags: ["a", null, { b: true }] },
      };
      const event = await createEvent(server(), { trackingCode: site.trackingCode, ...sent });
      expect(event).toEqual({ ...sent, id: event.id, websiteId: site.id, createdAt: event.createdAt });
    });

    test("what 201 shows is what is read afterwards, alone and in the list", async () => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { browser: "Chrome", properties: { a: 1 } }));
      const alone = await server().request(`/api/v1/events/${event.id}`);
      expect(await expectStatus(alone, 200)).toEqual(event);
      expect((await listEvents(server(), site)).events).toEqual([event]);
    });

    test.each(["pageview", "click", "custom", "conversion"])("takes the type %s", async (eventType) => {
      const site = await createSite(server());
      expect(await createEvent(server(), pageView(site, { eventType }))).toMatchObject({ eventType });
    });

    test.each(["mobile", "tablet", "desktop"])("takes the device type %s", async (deviceType) => {
      const site = await createSite(server());
      expect(await createEvent(server(), pageView(site, { deviceType }))).toMatchObject({ deviceType });
    });

    test("ignores fields that it does not know", async () => {
      const site = await createSite(server());
      const event = await createEvent(
        server(),
        pageView(site, { foo: "bar", id: "mine", constructor: 1, toString: 2 }),
      );
      expect(Object.keys(event)).toEqual([...EVENT_FIELDS]);
      expect(event.id).not.toBe("mine");
    });

    test("a currency's letters become capitals", async () => {
      const site = await createSite(server());
      expect(await createEvent(server(), pageView(site, { currency: "usd" }))).toMatchObject({ currency: "USD" });
    });

    test("400 for a malformed tracking code, 404 for an unknown one", async () => {
      await expectInvalid(await post(server(), pageView({ trackingCode: "invalid" })), {
        trackingCode: ["Invalid tracking code format"],
      });
      const unknown = await post(server(), pageView({ trackingCode: "pm-nobody-1704067200000" }));
      await expectError(unknown, 404, "NOT_FOUND", "Website with this tracking code not found");
    });

    test("with a key: 201 with events:write for the website, 403 otherwise", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const writer = await createKey(server(), { permissions: ["events:write"], sites: [site.id] });
      const reader = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
      await createEvent(server(), pageView(site), writer);
      await expectError(
        await post(server(), pageView(site), reader),
        403,
        "FORBIDDEN",
        "The API key lacks the permission events:write",
      );
      await expectError(
        await post(server(), pageView(other), writer),
        403,
        "FORBIDDEN",
        "The API key is for other websites",
      );
      expect((await listEvents(server(), site)).pagination.total).toBe(1);
      expect((await listEvents(server(), other)).pagination.total).toBe(0);
    });

    describe("what the client did not say", () => {
      const headers = { "user-agent": CHROME };
      const device = { deviceType: "desktop", browser: "Chrome", os: "Windows" };
      const unknown = { deviceType: null, browser: null, os: null };

      test("comes from the visitor's own User-Agent", async () => {
        const site = await createSite(server());
        const response = await server().request("/api/v1/events", { json: pageView(site), key: null, headers });
        const event = await expectStatus(response, 201);
        expect(event).toMatchObject(device);
        expect((await listEvents(server(), site)).events).toEqual([event] as never);
      });

      test.each([{ deviceType: "mobile" }, { browser: "Lynx" }, { os: "Plan 9" }])(
        "stays unknown where it said some of it: %j",
        async (said) => {
          const site = await createSite(server());
          const json = pageView(site, said);
          const response = await server().request("/api/v1/events", { json, key: null, headers });
          expect(await expectStatus(response, 201)).toMatchObject({ ...unknown, ...said });
        },
      );

      test("stays unknown where a server posts with a key", async () => {
        const site = await createSite(server());
        const response = await server().request("/api/v1/events", { json: pageView(site), headers });
        expect(await expectStatus(response, 201)).toMatchObject(unknown);
      });

      test("comes from a userAgent in the body, also with a key", async () => {
        const site = await createSite(server());
        const json = pageView(site, { userAgent: CHROME });
        expect(await createEvent(server(), json, server().adminKey)).toMatchObject(device);
        expect(await createEvent(server(), json)).toMatchObject(device);
      });
    });
  });
});

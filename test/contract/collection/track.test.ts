import { describe, expect, test } from "bun:test";
import { onEveryTarget, type TestServer } from "../../support/server.ts";
import {
  createKey,
  createSite,
  expectError,
  expectInvalid,
  expectStatus,
  listEvents,
  type Website,
} from "./fixture.ts";

const INVALID = "Invalid tracking event data";
const ID = "Must be a string of 1 to 200 characters";

const view = (site: Pick<Website, "trackingCode">, fields: Record<string, unknown> = {}) => ({
  code: site.trackingCode,
  sid: "sess-1",
  vid: "vis-1",
  url: "https://example.com/page",
  ...fields,
});

const track = (server: TestServer, json: unknown, key: string | null = null, headers = {}) =>
  server.request("/api/v1/track", { json, key, headers });

describe("POST /api/v1/track", () => {
  onEveryTarget((server) => {
    test("204, and the page view is stored", async () => {
      const site = await createSite(server());
      const response = await track(server(), view(site, { ref: "android-app://com.example/", t: 1704067200000 }));
      expect(response.status).toBe(204);
      expect(await response.text()).toBe("");
      const { events } = await listEvents(server(), site);
      expect(events).toEqual([
        {
          id: expect.any(String),
          websiteId: site.id,
          eventType: "pageview",
          eventName: null,
          url: "https://example.com/page",
          referrer: "android-app://com.example/",
          sessionId: "sess-1",
          visitorId: "vis-1",
          deviceType: null,
          browser: null,
          os: null,
          location: null,
          value: null,
          currency: null,
          eventId: null,
          timestamp: 1704067200000,
          createdAt: expect.any(String),
          properties: null,
        },
      ] as never);
    });

    test("at the time of its arrival, without a referrer, where they are not sent or null", async () => {
      const site = await createSite(server());
      const before = Date.now();
      for (const fields of [{}, { ref: null, t: null }, { ref: "" }]) {
        expect((await track(server(), view(site, fields))).status).toBe(204);
      }
      const { events } = await listEvents(server(), site);
      expect(events.map((event) => event.referrer)).toEqual([null, null, null]);
      for (const event of events) expect(event.timestamp).toBeGreaterThanOrEqual(before);
    });

    test("as text/plain, as sendBeacon sends it", async () => {
      const site = await createSite(server());
      const headers = { "content-type": "text/plain;charset=UTF-8" };
      const response = await server().request("/api/v1/track", {
        body: JSON.stringify(view(site)),
        headers,
        key: null,
      });
      expect(response.status).toBe(204);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
    });

    test("with device, browser and system of the visitor's User-Agent", async () => {
      const site = await createSite(server());
      const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
      await track(server(), view(site), null, { "user-agent": userAgent });
      expect((await listEvents(server(), site)).events).toMatchObject([
        { deviceType: "desktop", browser: "Firefox", os: "Linux" },
      ]);
    });

    test.each(["code", "sid", "vid", "url"])("400 without %s", async (field) => {
      const site = await createSite(server());
      await expectInvalid(
        await track(server(), view(site, { [field]: undefined })),
        { [field]: ["Required"] },
        INVALID,
      );
    });

    test.each([
      ["code", "invalid", "Invalid tracking code format"],
      ["sid", "", ID],
      ["vid", "x".repeat(201), ID],
      ["url", "ftp://example.com/", "Must be an http or https URL"],
      ["url", `https://example.com/${"x".repeat(2048)}`, "Must be a URL of at most 2048 characters"],
      ["ref", 5, "Must be a string"],
      ["t", "now", "Must be a number"],
      ["t", 5, "Must be milliseconds since 1970, from the year 2000 on and at most 24 hours ahead"],
    ])("400 names %s by its own name", async (field, value, message) => {
      const site = await createSite(server());
      await expectInvalid(await track(server(), view(site, { [field]: value })), { [field]: [message] }, INVALID);
      expect((await listEvents(server(), site)).pagination.total).toBe(0);
    });

    test("400 for what is no JSON, 413 above 128 KiB", async () => {
      const send = (body: string) => server().request("/api/v1/track", { body, key: null });
      await expectError(await send("{"), 400, "INVALID_JSON", "The request body is not valid JSON");
      expect(await expectStatus(await send(" ".repeat(128 * 1024 + 1)), 413)).toMatchObject({
        error: "PAYLOAD_TOO_LARGE",
      });
    });

    test("404 for an unknown code", async () => {
      const response = await track(server(), view({ trackingCode: "pm-nobody-1" }));
      await expectError(response, 404, "NOT_FOUND", "Website with this tracking code not found");
    });

    test("403 with a key of another website, and with one that may not post", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const foreign = await createKey(server(), { permissions: ["events:write"], sites: [other.id] });
      const reader = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
      await expectError(
        await track(server(), view(site), foreign),
        403,
        "FORBIDDEN",
        "The API key is for other websites",
      );
      expect((await track(server(), view(site), reader)).status).toBe(403);
      expect((await listEvents(server(), site)).pagination.total).toBe(0);
    });
  });
});

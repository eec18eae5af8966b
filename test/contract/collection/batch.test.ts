import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import {
  type BatchResult,
  createEvents,
  createKey,
  createSite,
  type EventBody,
  expectError,
  expectInvalid,
  expectStatus,
  ISO_TIME,
  listEvents,
  pageView,
  postBatch,
} from "./fixture.ts";

const INVALID_BATCH = "Invalid batch event data";
const CODE_UNKNOWN = "pm-nobody-1704067200000";

const notFound = (index: number, code: string) => ({
  index,
  error: "NOT_FOUND",
  message: `Website with tracking code "${code}" not found`,
});

const invalid = (index: number, fieldErrors: Record<string, string[]>) => ({
  index,
  error: "VALIDATION_ERROR",
  message: "Invalid event data",
  details: { formErrors: [], fieldErrors },
});

describe("POST /api/v1/events/batch", () => {
  onEveryTarget((server) => {
    test("201 lists what was created, in the order in which it was sent", async () => {
      const site = await createSite(server());
      const urls = Array.from({ length: 25 }, (_, i) => `https://example.com/${i}`);
      const result = await createEvents(
        server(),
        urls.map((url, i) => pageView(site, { url, eventType: i % 2 ? "click" : "custom" })),
      );
      expect(result).toEqual({
        success: true,
        eventsCreated: 25,
        events: urls.map((url, i) => ({
          id: expect.stringMatching(/^[0-9a-z]{1,11}$/),
          websiteId: site.id,
          eventType: i % 2 ? "click" : "custom",
          url,
          createdAt: expect.stringMatching(ISO_TIME),
        })),
        message: "Successfully created 25 events",
      });
      expect(new Set(result.events.map((event) => event.id)).size).toBe(25);
    });

    test("every event is then read by its id and found in the list", async () => {
      const site = await createSite(server());
      const timestamp = 1704067200000;
      const properties = { buttonId: "cta", n: [1, { a: null }] };
      const { events } = await createEvents(server(), [
        pageView(site, { timestamp, properties }),
        pageView(site, { timestamp: timestamp + 1, browser: "Chrome" }),
      ]);
      const listed = await listEvents(server(), site, { order: "asc" });
      expect(listed.events.map((event) => event.id)).toEqual(events.map((event) => event.id));
      expect(listed.events).toMatchObject([
        { timestamp, properties },
        { timestamp: timestamp + 1, browser: "Chrome" },
      ]);
      for (const event of listed.events) {
        expect(await expectStatus(await server().request(`/api/v1/events/${event.id}`), 200)).toEqual(event);
      }
    });

    test("1,000 events are stored at once, in one transaction", async () => {
      const site = await createSite(server());
      const events = Array.from({ length: 1000 }, (_, i) => pageView(site, { sessionId: `s-${i}` }));
      const result = await createEvents(server(), events);
      expect(result).toMatchObject({ eventsCreated: 1000, message: "Successfully created 1000 events" });
      // One commit has one time.
      expect(new Set(result.events.map((event) => event.createdAt)).size).toBe(1);
      const listed = await listEvents(server(), site, { limit: 1000, order: "received" });
      expect(listed.pagination.total).toBe(1000);
      expect(listed.events.map((event) => event.sessionId)).toEqual(events.map((event) => event.sessionId));
    });

    test("1,001 events are 400, and none is stored", async () => {
      const site = await createSite(server());
      const events = Array.from({ length: 1001 }, () => pageView(site));
      await expectInvalid(
        await postBatch(server(), events),
        { events: ["Must have at most 1000 items"] },
        INVALID_BATCH,
      );
      expect((await listEvents(server(), site)).pagination.total).toBe(0);
    });

    test("events of several websites", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const { events } = await createEvents(server(), [pageView(site), pageView(other), pageView(site)]);
      expect(events.map((event) => event.websiteId)).toEqual([site.id, other.id, site.id]);
      expect((await listEvents(server(), site)).pagination.total).toBe(2);
      expect((await listEvents(server(), other)).pagination.total).toBe(1);
    });

    test("207: a bad event is told with its place, and its neighbours are stored", async () => {
      const site = await createSite(server());
      const response = await postBatch(server(), [
        pageView(site, { url: "https://example.com/0" }),
        pageView({ trackingCode: "invalid" }),
        pageView({ trackingCode: CODE_UNKNOWN }),
        pageView(site, { eventType: "nope", sessionId: "" }),
        pageView(site, { timestamp: 5, properties: { a: "x".repeat(32 * 1024) } }),
        pageView(site, { url: "https://example.com/5", foo: 1 }),
        null,
        5,
        [],
        {},
        pageView(site, { trackingCode: 5 }),
      ]);
      const result = (await expectStatus(response, 207)) as BatchResult;
      expect(result).toEqual({
        success: false,
        eventsCreated: 2,
        events: [
          expect.objectContaining({ url: "https://example.com/0" }),
          expect.objectContaining({ url: "https://example.com/5" }),
        ] as never,
        errors: [
          notFound(1, "invalid"),
          notFound(2, CODE_UNKNOWN),
          invalid(3, {
            eventType: ["Must be one of: pageview, click, custom, conversion"],
            sessionId: ["Must be a string of 1 to 200 characters"],
          }),
          invalid(4, {
            timestamp: ["Must be milliseconds since 1970, from the year 2000 on and at most 24 hours ahead"],
            properties: ["Must be at most 32 KiB as JSON"],
          }),
          invalid(6, { body: ["Must be an object"] }),
          invalid(7, { body: ["Must be an object"] }),
          invalid(8, { body: ["Must be an object"] }),
          invalid(
            9,
            Object.fromEntries(
              ["trackingCode", "eventType", "url", "sessionId", "visitorId"].map((name) => [name, ["Required"]]),
            ),
          ),
          invalid(10, { trackingCode: ["Invalid tracking code format"] }),
        ],
        message: "Created 2 events with 9 errors",
      });
      const listed = await listEvents(server(), site, { order: "received" });
      expect(listed.events.map((event) => event.id)).toEqual(result.events.map((event) => event.id));
    });

    test("207 also when nothing is created", async () => {
      const response = await postBatch(server(), [pageView({ trackingCode: "x".repeat(5000) })]);
      expect(await expectStatus(response, 207)).toEqual({
        success: false,
        eventsCreated: 0,
        events: [],
        errors: [notFound(0, "x".repeat(100))],
        message: "Created 0 events with 1 errors",
      });
    });

    test("a bad code is told before any other fault of the event", async () => {
      const response = await postBatch(server(), [{ trackingCode: CODE_UNKNOWN, url: 5 }, { trackingCode: "" }]);
      expect(((await expectStatus(response, 207)) as BatchResult).errors).toEqual([
        notFound(0, CODE_UNKNOWN),
        notFound(1, ""),
      ]);
    });

    test("an event that is nested too deep is its own error", async () => {
      const site = await createSite(server());
      const deep = JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`);
      const response = await postBatch(server(), [pageView(site), pageView(site, { properties: deep })]);
      expect(await expectStatus(response, 207)).toMatchObject({
        eventsCreated: 1,
        errors: [invalid(1, { properties: ["Must be at most 16 levels deep"] })],
      });
    });

    test("a number with too many digits for a double means the nearest one", async () => {
      const site = await createSite(server());
      const event = JSON.stringify(pageView(site)).slice(0, -1);
      const body = `{"events":[${event},"value":0.1000000000000000055511151231257827,"timestamp":1704067200000.00000000000000001}]}`;
      await expectStatus(await server().request("/api/v1/events/batch", { body, key: null }), 201);
      const { events } = await listEvents(server(), site);
      expect(events).toMatchObject([{ value: 0.1, timestamp: 1704067200000 } as Partial<EventBody>]);
    });

    test("with a key: an event of another website is FORBIDDEN, alone", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const key = await createKey(server(), { permissions: ["events:write"], sites: [site.id] });
      const response = await postBatch(server(), [pageView(other), pageView(site)], key);
      expect(await expectStatus(response, 207)).toMatchObject({
        eventsCreated: 1,
        events: [{ websiteId: site.id }],
        errors: [{ index: 0, error: "FORBIDDEN", message: "The API key is for other websites" }],
      });
      expect((await listEvents(server(), other)).pagination.total).toBe(0);
    });

    test("403 with a key that may not post at all", async () => {
      const site = await createSite(server());
      const key = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
      const response = await postBatch(server(), [pageView(site)], key);
      await expectError(response, 403, "FORBIDDEN", "The API key lacks the permission events:write");
    });
  });
});

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { onEveryTarget } from "../../support/server.ts";
import { createFolder } from "../../support/store.ts";
import {
  type BatchResult,
  createEvent,
  createEvents,
  createSite,
  type EventBody,
  expectStatus,
  listEvents,
  pageView,
  post,
  postBatch,
} from "./fixture.ts";

describe("eventId stores an event once", () => {
  onEveryTarget((server, target) => {
    test("a repeat is 200 with the id and the createdAt of the first", async () => {
      const site = await createSite(server());
      const event = pageView(site, { eventId: "e-1", timestamp: 1704067200000, properties: { n: 1 } });
      const first = await createEvent(server(), event);
      expect(await expectStatus(await post(server(), event), 200)).toEqual(first);
      expect((await listEvents(server(), site)).pagination.total).toBe(1);
    });

    test("a repeat shows what it sent, never what is stored", async () => {
      const site = await createSite(server());
      const first = await createEvent(
        server(),
        pageView(site, { eventId: "e-1", referrer: "https://secret.example/" }),
      );
      const repeat = pageView(site, {
        eventId: "e-1",
        eventType: "click",
        url: "https://example.com/other",
        sessionId: "sess-2",
        visitorId: "vis-2",
        timestamp: 1704067200000,
        properties: { other: true },
      });
      const answer = (await expectStatus(await post(server(), repeat), 200)) as EventBody;
      expect(answer).toMatchObject({
        id: first.id,
        createdAt: first.createdAt,
        eventType: "click",
        url: "https://example.com/other",
        referrer: null,
        sessionId: "sess-2",
        visitorId: "vis-2",
        timestamp: 1704067200000,
        properties: { other: true },
      });
      expect((await listEvents(server(), site)).events).toEqual([first]);
    });

    test("another website may use the same one", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const first = await createEvent(server(), pageView(site, { eventId: "e-1" }));
      const second = await createEvent(server(), pageView(other, { eventId: "e-1" }));
      expect(second.id).not.toBe(first.id);
    });

    test.each(["x", "a b", "é😀", "'; DROP TABLE events;--", "e:1", "0", "x".repeat(128), "\u007f\u0001"])(
      "%j is told from its like",
      async (eventId) => {
        const site = await createSite(server());
        const first = await createEvent(server(), pageView(site, { eventId }));
        expect(first.eventId).toBe(eventId);
        expect(await expectStatus(await post(server(), pageView(site, { eventId })), 200)).toMatchObject({
          id: first.id,
        });
        await createEvent(server(), pageView(site, { eventId: `${eventId.slice(1)}!` }));
        expect((await listEvents(server(), site)).pagination.total).toBe(2);
      },
    );

    test("50 requests at the same moment: one is 201, 49 are 200, all with the same id", async () => {
      const site = await createSite(server());
      const event = pageView(site, { eventId: "e-1" });
      const responses = await Promise.all(Array.from({ length: 50 }, () => post(server(), event)));
      const events = (await Promise.all(responses.map((response) => response.json()))) as EventBody[];
      expect(responses.map((response) => response.status).sort()).toEqual([...Array(49).fill(200), 201]);
      expect(new Set(events.map((one) => one.id)).size).toBe(1);
      expect((await listEvents(server(), site)).pagination.total).toBe(1);
    });

    test("20 batches of the same events at the same moment store each once", async () => {
      const site = await createSite(server());
      const events = Array.from({ length: 20 }, (_, i) => pageView(site, { eventId: `e-${i}` }));
      const results = await Promise.all(Array.from({ length: 20 }, () => createEvents(server(), events)));
      expect(results.reduce((sum, result) => sum + result.eventsCreated, 0)).toBe(20);
      for (const result of results) {
        expect(result.events.map((event) => event.id)).toEqual((results[0] as BatchResult).events.map((one) => one.id));
      }
      expect((await listEvents(server(), site)).pagination.total).toBe(20);
    });

    test("a repeat within a batch is a duplicate of the first", async () => {
      const site = await createSite(server());
      const result = await createEvents(server(), [
        pageView(site, { eventId: "e-1", url: "https://example.com/first" }),
        pageView(site),
        pageView(site, { eventId: "e-1", url: "https://example.com/second" }),
      ]);
      const [first, , second] = result.events;
      expect(result).toMatchObject({ success: true, eventsCreated: 2, message: "Successfully created 2 events" });
      expect(second).toEqual({ ...first, url: "https://example.com/second", duplicate: true } as never);
      expect(first).not.toHaveProperty("duplicate");
      expect((await listEvents(server(), site, { url: "https://example.com/second" })).events).toEqual([]);
    });

    test("a repeated batch creates nothing and says so", async () => {
      const site = await createSite(server());
      const events = [pageView(site, { eventId: "e-1" }), pageView(site, { eventId: "e-2" })];
      const first = await createEvents(server(), events);
      expect(await createEvents(server(), events)).toEqual({
        success: true,
        eventsCreated: 0,
        events: first.events.map((event) => ({ ...event, duplicate: true })),
        message: "Successfully created 0 events",
      });
    });

    test("a repeat of a single event in a batch, and the other way round", async () => {
      const site = await createSite(server());
      const single = await createEvent(server(), pageView(site, { eventId: "e-1" }));
      const result = await createEvents(server(), [
        pageView(site, { eventId: "e-1" }),
        pageView(site, { eventId: "e-2" }),
      ]);
      expect(result.eventsCreated).toBe(1);
      expect(result.events[0]).toMatchObject({ id: single.id, createdAt: single.createdAt, duplicate: true });
      expect(await expectStatus(await post(server(), pageView(site, { eventId: "e-2" })), 200)).toMatchObject({
        id: result.events[1]?.id,
      });
    });

    test("a repeat beside a bad event is still a duplicate", async () => {
      const site = await createSite(server());
      await createEvent(server(), pageView(site, { eventId: "e-1" }));
      const response = await postBatch(server(), [pageView(site, { eventId: "e-1" }), pageView(site, { url: 5 })]);
      expect(await expectStatus(response, 207)).toMatchObject({
        success: false,
        eventsCreated: 0,
        events: [{ duplicate: true }],
        errors: [{ index: 1 }],
        message: "Created 0 events with 1 errors",
      });
    });

    test("also across a restart", async () => {
      await using folder = await createFolder();
      const database = join(folder.path, "footfall.db");
      const event = (code: string) => pageView({ trackingCode: code }, { eventId: "e-1" });
      let code: string;
      let first: EventBody;
      {
        await using before = await target.start({ database });
        code = (await createSite(before)).trackingCode;
        first = await createEvent(before, event(code));
      }
      await using after = await target.start({ database });
      expect(await expectStatus(await post(after, event(code)), 200)).toMatchObject({
        id: first.id,
        createdAt: first.createdAt,
      });
      expect((await listEvents(after, { trackingCode: code })).events).toEqual([first]);
    });
  });
});

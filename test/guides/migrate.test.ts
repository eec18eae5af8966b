import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SLOW_MS } from "../cli/footfall.ts";
import { followGuide, type GuideSession, startGuideSession } from "../support/guide-session.ts";

/** What is the same in every answer, letter for letter; the rest is compared in kind. */
const FIXED = [
  ...["event_type", "amount_cents", "currency", "processor_event_id", "pagination"],
  ...["EventType", "Scope", "EventTime", "Payload", "Value", "total", "count"],
];

/** What the old server holds. */
const OLD = [
  {
    eventType: "pageview",
    url: "https://shop.example/old",
    timestamp: Date.UTC(2025, 0, 1),
    properties: { price: 1.1 },
  },
  { eventType: "click", url: "https://shop.example/old", timestamp: Date.UTC(2025, 0, 2) },
  { eventType: "custom", eventName: "search", url: "https://shop.example/old", timestamp: Date.UTC(2025, 0, 3) },
];

describe("docs/migrate.md", () => {
  let session: GuideSession;
  beforeAll(async () => {
    session = await startGuideSession();
  }, SLOW_MS);
  afterAll(() => session[Symbol.asyncDispose]());

  /** A site that everyone may read stands in for the server that its events are taken along from. */
  async function createOldSite(): Promise<void> {
    const { server } = session;
    const made = await server.request("/api/v1/websites", {
      json: { name: "Old", domain: "old.example", publicRead: true },
    });
    const { trackingCode } = (await made.json()) as { trackingCode: string };
    const events = OLD.map((event) => ({ trackingCode, sessionId: "s", visitorId: "v", ...event }));
    expect((await server.request("/api/v1/events/batch", { json: { events } })).status).toBe(201);
    await session.paste(`export OLD_SERVER=${server.url} OLD_CODE=${trackingCode}`);
  }

  test(
    "clients of all four systems work with the address and the key of their new server",
    async () => {
      await createOldSite();
      await followGuide("migrate.md", session, {
        fixed: FIXED,
        more: {
          // The guide runs it in the next block, where its output goes into a file.
          js: async ({ code, file }) => {
            const output = await session.run([process.execPath], file ?? "", code);
            return file === "take-along.mjs" ? "" : output;
          },
        },
      });
      const { TRACKING_CODE } = session.variables;
      const list = await session.server.request(`/api/v1/events?trackingCode=${TRACKING_CODE}&to=2025-12-31&order=asc`);
      const { events } = (await list.json()) as { events: Record<string, unknown>[] };
      expect(
        events.map(({ eventType, eventName, url, timestamp, properties }) => ({
          eventType,
          eventName,
          url,
          timestamp,
          properties,
        })),
      ).toEqual(OLD.map((event) => ({ eventName: null, properties: null, ...event })));
    },
    SLOW_MS,
  );
});

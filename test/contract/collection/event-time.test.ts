import { describe, expect, test } from "bun:test";
import { MS_PER_DAY } from "../../../src/lib/clock.ts";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp, useServer } from "../../support/server.ts";
import {
  createEvent,
  createSite,
  expectInvalid,
  listEvents,
  pageView,
  pageViewText,
  post,
  postText,
} from "./fixture.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const OUT_OF_RANGE = {
  timestamp: ["Must be milliseconds since 1970, from the year 2000 on and at most 24 hours ahead"],
};

describe("the time of an event", () => {
  describe("with a clock that stands still", () => {
    const server = useServer(() => startApp({ overrides: { clock: createTestClock(NOW) } }));

    test.each([Date.UTC(2000, 0, 1), NOW - 1, NOW, NOW + 1, NOW + MS_PER_DAY])("may be %d", async (timestamp) => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { timestamp }));
      expect(event.timestamp).toBe(timestamp);
      expect(event.createdAt).toBe(new Date(NOW).toISOString());
    });

    test.each([Date.UTC(2000, 0, 1) - 1, 0, -1, NOW + MS_PER_DAY + 1, NOW / 1000, NOW * 1000, 1e300])(
      "cannot be %d",
      async (timestamp) => {
        const site = await createSite(server());
        await expectInvalid(await post(server(), pageView(site, { timestamp })), OUT_OF_RANGE);
      },
    );

    test("is the time of its arrival where it was not sent", async () => {
      const site = await createSite(server());
      expect(await createEvent(server(), pageView(site))).toMatchObject({
        timestamp: NOW,
        createdAt: "2026-06-15T12:00:00.000Z",
      });
    });
  });

  onEveryTarget((server) => {
    test("decides the order of the list", async () => {
      const site = await createSite(server());
      for (const timestamp of [1704067200002, 1704067200000, 1704067200001]) {
        await createEvent(server(), pageView(site, { timestamp }));
      }
      const { events } = await listEvents(server(), site);
      expect(events.map((event) => event.timestamp)).toEqual([1704067200002, 1704067200001, 1704067200000]);
    });

    test.each(["1704067200000.0", "1.7040672e12", "1704067200000.9", "1704067200000.1233999729156494140625"])(
      "may be written as %s, and loses what is below a millisecond",
      async (literal) => {
        const site = await createSite(server());
        const response = await postText(server(), pageViewText(site, "timestamp", literal));
        expect(response.status).toBe(201);
        expect((await listEvents(server(), site)).events[0]?.timestamp).toBe(1704067200000);
      },
    );
  });
});

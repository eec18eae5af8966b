import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";
import { createSample, createSite, list, listEvents, type SiteEventPage } from "./fixture.ts";
import { COMMANDS, ERRORS, EXAMPLE, GUIDE_HOST, GUIDE_KEY, GUIDE_SITE } from "./seed/guide.ts";

describe("the guide", () => {
  onEveryTarget((server) => {
    test("an answer has just the fields that it shows for each type, in the same order", async () => {
      const site = await createSample(server());
      const { events, next_cursor } = await listEvents(server(), site.siteId);
      expect(next_cursor).toBeNull();
      expect(events).toHaveLength(3);
      for (const [position, example] of EXAMPLE.events.entries()) {
        const event = events[position] ?? {};
        expect(Object.keys(event)).toEqual(Object.keys(example));
        expect({ ...event, id: 0, created_at: "" } as object).toEqual({ ...example, id: 0, created_at: "" });
      }
      expect(events[0]?.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Number.isSafeInteger(events[0]?.id)).toBeTrue();
    });

    test("its commands work, pasted into a shell", async () => {
      const site = await createSample(server());
      const answers: SiteEventPage[] = [];
      expect(COMMANDS).toHaveLength(2);
      for (const command of COMMANDS) {
        const here = command
          .replaceAll(GUIDE_HOST, server().url)
          .replaceAll(GUIDE_KEY, server().adminKey)
          .replaceAll(GUIDE_SITE, site.siteId);
        const { status, body } = await runCurl(here);
        expect(status).toBe(200);
        answers.push(JSON.parse(body));
      }
      expect(answers[0]?.events.map(({ type }) => type)).toEqual(["referral"]);
      // Its cursor names an id that nobody has, older than every event.
      expect(answers[1]).toEqual({ events: [], next_cursor: null });
    });

    test("a cursor is like the one that it shows, and names the next event", async () => {
      const site = await createSample(server());
      const all = await listEvents(server(), site.siteId);
      const { next_cursor } = await listEvents(server(), site.siteId, { limit: 1 });
      const decode = (cursor: string) => JSON.parse(Buffer.from(cursor, "base64url").toString());
      expect(Object.keys(decode(next_cursor ?? ""))).toEqual(Object.keys(decode(EXAMPLE.next_cursor)));
      expect(decode(next_cursor ?? "")).toEqual({ id: all.events[1]?.id, createdAt: all.events[1]?.created_at });
    });

    test("its own cursor is taken, too", async () => {
      const site = await createSample(server());
      expect(await listEvents(server(), site.siteId, { cursor: EXAMPLE.next_cursor })).toEqual({
        events: [],
        next_cursor: null,
      });
    });

    test("its errors are what it says, but for the rate limit, which needs many requests", async () => {
      const site = await createSite(server());
      const answers = await Promise.all(
        ["/api/v1/sites//events", "/api/v1/sites/site_999999/events"].map((path) => server().request(path)),
      );
      const codes = await Promise.all(
        answers.map(async (answer) => `${answer.status} ${((await answer.json()) as { code: string }).code}`),
      );
      expect([...codes, "429 RATE_LIMITED"]).toEqual([...ERRORS]);
      expect((await list(server(), site.siteId)).status).toBe(200);
    });
  });
});

import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { type DeletedBody, deleteEvents, deleteNow, fillSite, getDeletion, totalOf } from "./deletion-fixture.ts";
import {
  createEvents,
  createKey,
  createSite,
  expectError,
  expectInvalid,
  expectStatus,
  ISO_TIME,
  listEvents,
  pageView,
  type Query,
} from "./fixture.ts";

const T = Date.UTC(2026, 2, 1);
const NO_SITE = "Website with this tracking code not found";
const QUERY = "Invalid query parameters";

/** Eight events that differ in everything that can be filtered. */
const EVENTS = [
  { eventType: "pageview", url: "https://a.example/blog/x", sessionId: "s1", visitorId: "v1", timestamp: T },
  { eventType: "pageview", url: "https://a.example/blog/y", sessionId: "s1", visitorId: "v1", timestamp: T + 1 },
  { eventType: "click", url: "https://a.example/", sessionId: "s2", visitorId: "v1", timestamp: T + 86_400_000 },
  { eventType: "click", url: "https://a.example/über", sessionId: "s2", visitorId: "v2", timestamp: T + 2 },
  {
    eventType: "custom",
    eventName: "buy",
    url: "https://a.example/",
    sessionId: "s3",
    visitorId: "v2",
    timestamp: T + 3,
  },
  {
    eventType: "custom",
    eventName: "look",
    url: "https://a.example/",
    sessionId: "s3",
    visitorId: "v3",
    timestamp: T + 4,
  },
  { eventType: "conversion", url: "https://a.example/thanks", sessionId: "s4", visitorId: "v3", timestamp: T - 1 },
  {
    eventType: "pageview",
    url: "https://a.example/?a=%27;--",
    userAgent: "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    sessionId: "s4",
    visitorId: "' OR 1=1 --",
    timestamp: T + 5,
  },
] as const;

const FILTERS: readonly Query[] = [
  { eventType: "click" },
  { sessionId: "s1" },
  { visitorId: "v2" },
  { visitorId: "' OR 1=1 --" },
  { eventName: "buy" },
  { url: "https://a.example/" },
  { path: "/blog/" },
  { path: "/ü" },
  { from: T + 3 },
  { to: "2026-02-28" },
  { from: "2026-03-01", to: "2026-03-01" },
  { eventType: "pageview", visitorId: "v1", path: "/blog/y" },
  { visitorId: "nobody" },
  { bots: "exclude" },
  { bots: "exclude", eventType: "pageview" },
  { all: true },
];

describe("DELETE /api/v1/events", () => {
  onEveryTarget((server) => {
    async function siteWithEvents() {
      const site = await createSite(server());
      await createEvents(
        server(),
        EVENTS.map((event) => pageView(site, event)),
      );
      return site;
    }

    test.each(FILTERS.map((filter) => [JSON.stringify(filter), filter] as const))(
      "%s deletes what the list shows with it, and what a dry run counts",
      async (_, filter) => {
        const site = await siteWithEvents();
        const { all: _all, ...query } = filter as Record<string, string>;
        const shown = await listEvents(server(), site, query);
        const counted = await deleteNow(server(), site, { ...filter, dryRun: true });
        const n = shown.events.length;
        expect(counted).toEqual({
          deleted: n,
          purgeAt: n === 0 ? null : expect.stringMatching(ISO_TIME),
          deletionId: null,
          dryRun: true,
        });
        expect(await totalOf(server(), site)).toBe(EVENTS.length);

        const deleted = await deleteNow(server(), site, filter);
        expect(deleted).toEqual({
          deleted: n,
          purgeAt: n === 0 ? null : expect.stringMatching(ISO_TIME),
          deletionId: n === 0 ? null : expect.stringMatching(/^del-\d+$/),
        });
        const left = await listEvents(server(), site);
        const gone = new Set(shown.events.map(({ id }) => id));
        expect(left.events.filter(({ id }) => gone.has(id))).toEqual([]);
        expect(left.pagination.total).toBe(EVENTS.length - n);
        expect(await totalOf(server(), site, query)).toBe(0);
        if (deleted.deletionId === null) return;
        expect(await getDeletion(server(), deleted.deletionId)).toMatchObject({ kind: "filter", events: n });
      },
    );

    test("keeps its filter on record as the list would be asked", async () => {
      const site = await siteWithEvents();
      const filter = { eventType: "custom", from: T, to: "2026-03-02", eventName: "buy", path: "/" };
      const { deletionId } = await deleteNow(server(), site, { ...filter, reason: "why" });
      expect(await getDeletion(server(), deletionId as string)).toMatchObject({
        websiteId: site.id,
        reason: "why",
        filter: {
          eventType: "custom",
          eventName: "buy",
          path: "/",
          from: "2026-03-01T00:00:00.000Z",
          to: "2026-03-02T23:59:59.999Z",
        },
      });
    });

    test("400 without a filter, and for one that is misspelt, empty, or contradicts all=true; nothing is deleted", async () => {
      const site = await siteWithEvents();
      const refused = async (query: Query, errors: Record<string, string[]>) =>
        expectInvalid(await deleteEvents(server(), site, query), errors, QUERY);
      const none =
        "Name at least one of eventType, from, to, sessionId, visitorId, eventName, url, path, bots, or say all=true";
      await refused({}, { all: [none] });
      await refused({ all: false }, { all: [none] });
      await refused({ includeTest: true }, { all: [none] });
      await refused({ bots: "include" }, { all: [none] });
      await refused({ visitorId: "" }, { visitorId: ["Must not be empty"] });
      await refused({ from: T, visitorID: "v1" }, { visitorID: ["Is not a parameter of a deletion"] });
      await refused({ all: true, limit: 10 }, { limit: ["Is not a parameter of a deletion"] });
      await refused({ all: true, visitorId: "v1" }, { all: ["Goes with no other filter"] });
      await refused({ from: T + 1, to: T }, { to: ["Must not be before `from`"] });
      await refused({ from: "soon" }, { from: ["Must be an ISO 8601 time, a date, or milliseconds since 1970"] });
      await refused({ eventType: "a\0" }, { eventType: ["Must not contain NUL characters"] });
      await refused({ all: "yes" }, { all: ["Must be one of: true, false"] });
      expect(await totalOf(server(), site)).toBe(EVENTS.length);
    });

    test("400 without a tracking code, 404 for an unknown one and for a website of others", async () => {
      const [site, other] = [await siteWithEvents(), await createSite(server())];
      const missing = await server().request("/api/v1/events?all=true", { method: "DELETE" });
      await expectError(missing, 400, "MISSING_PARAMETER", "trackingCode query parameter is required");
      await expectError(
        await deleteEvents(server(), { trackingCode: "pm-x-1" }, { all: true }),
        404,
        "NOT_FOUND",
        NO_SITE,
      );
      const foreign = await createKey(server(), { permissions: ["events:delete", "events:read"], sites: [other.id] });
      await expectError(await deleteEvents(server(), site, { all: true }, foreign), 404, "NOT_FOUND", NO_SITE);
      expect(await totalOf(server(), site)).toBe(EVENTS.length);
    });

    test("403 with a key that may read and write, but not delete, also where the website is publicly readable", async () => {
      const site = await createSite(server(), { publicRead: true });
      const key = await createKey(server(), { permissions: ["events:read", "events:write"] });
      const answer = await deleteEvents(server(), site, { all: true }, key);
      await expectError(answer, 403, "FORBIDDEN", "The API key lacks the permission events:delete");
      expect((await deleteEvents(server(), site, { all: true }, null)).status).toBe(401);
    });

    test("200 for up to 10,000 events, 202 with the deletion above, which can be watched to its end", async () => {
      const site = await createSite(server());
      await fillSite(server(), site, 2_500);
      expect(await deleteNow(server(), site, { all: true })).toMatchObject({ deleted: 2_500 });
      await fillSite(server(), site, 10_001);
      const answer = await deleteEvents(server(), site, { all: true });
      const body = (await expectStatus(answer, 202)) as DeletedBody & { id: string; status: string };
      expect(body).toMatchObject({ deleted: 10_001, status: "deleting", id: body.deletionId as string });
      expect(answer.headers.get("location")).toBe(`/api/v1/deletions/${body.deletionId}`);
      expect(await totalOf(server(), site)).toBe(0);
      const { pathname } = new URL(answer.headers.get("location") ?? "", server().url);
      for (;;) {
        const deletion = (await (await server().request(pathname)).json()) as { status: string; events: number };
        if (deletion.status !== "deleting") {
          expect(deletion).toMatchObject({ status: "deleted", events: 10_001, progress: null });
          break;
        }
      }
      expect(await totalOf(server(), site)).toBe(0);
    }, 60_000);
  });
});

describe("POST /api/v1/events/delete", () => {
  onEveryTarget((server) => {
    const remove = (json: unknown, key?: string) =>
      server().request("/api/v1/events/delete", { json, ...(key === undefined ? {} : { key }) });

    test("deletes by ids as one deletion, and says of which there is no event", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const ids = await fillSite(server(), site, 5);
      const foreign = await fillSite(server(), other, 1);
      const { trackingCode } = site;
      const wanted = [ids[0], ids[2], "zzzzzzzz", "No id", foreign[0], ids[0]];
      const missing = ["zzzzzzzz", "No id", foreign[0]];
      expect(await expectStatus(await remove({ trackingCode, ids: wanted, dryRun: true }), 200)).toEqual({
        deleted: 2,
        purgeAt: expect.stringMatching(ISO_TIME),
        deletionId: null,
        dryRun: true,
        missing,
      });
      const deleted = (await expectStatus(
        await remove({ trackingCode, ids: wanted, reason: "r" }),
        200,
      )) as DeletedBody;
      expect(deleted).toMatchObject({ deleted: 2, missing });
      expect(await getDeletion(server(), deleted.deletionId as string)).toMatchObject({
        kind: "events",
        events: 2,
        filter: null,
        reason: "r",
      });
      expect(await totalOf(server(), site)).toBe(3);
      expect(await totalOf(server(), other)).toBe(1);
      expect(await expectStatus(await remove({ trackingCode, ids: [ids[0]] }), 200)).toEqual({
        deleted: 0,
        purgeAt: null,
        deletionId: null,
        missing: [ids[0]],
      });
    });

    test("takes 1 to 1,000 of them", async () => {
      const site = await createSite(server());
      const ids = await fillSite(server(), site, 1_000);
      const { trackingCode } = site;
      const invalid = async (json: unknown, errors: Record<string, string[]>) =>
        expectInvalid(await remove(json), errors, "Invalid request body");
      await invalid({ trackingCode, ids: [...ids, "one-more"] }, { ids: ["Must have at most 1000 items"] });
      await invalid({ trackingCode, ids: [] }, { ids: ["Must have at least 1 item"] });
      await invalid({ trackingCode }, { ids: ["Required"] });
      await invalid({ ids }, { trackingCode: ["Required"] });
      await invalid({ trackingCode, ids: [7] }, { "ids.0": ["Must be a string"] });
      await expectError(await remove({ trackingCode: "pm-x-1", ids }), 404, "NOT_FOUND", NO_SITE);
      expect(await totalOf(server(), site)).toBe(1_000);
      expect(await expectStatus(await remove({ trackingCode, ids }), 200)).toMatchObject({
        deleted: 1_000,
        missing: [],
      });
      expect(await totalOf(server(), site)).toBe(0);
    });
  });
});

import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createEvents, pageView } from "../collection/fixture.ts";
import { createKey, createSample, createSite, expectError, expectStatus, GPTBOT, trackAll } from "./fixture.ts";

interface Stats {
  readonly totals: unknown;
  readonly bot_breakdown: unknown;
  readonly conversion_breakdown: readonly unknown[];
}

describe("GET /api/v1/sites", () => {
  onEveryTarget((server) => {
    test("lists the sites of a key, with what happened on each this month", async () => {
      const [site, quiet] = [await createSample(server()), await createSite(server())];
      const key = await createKey(server(), { permissions: ["events:read"], sites: [site.id, quiet.id] });
      const { sites } = (await expectStatus(await server().request("/api/v1/sites", { key }), 200)) as {
        sites: readonly Record<string, unknown>[];
      };
      const made = { created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) };
      // A minute into a month the sample's events are those of the last one.
      const isNewMonth = new Date(Date.now() - 120_000).getUTCMonth() !== new Date().getUTCMonth();
      expect(sites).toEqual([
        { id: site.siteId, domain: site.domain, key: site.siteKey, events_this_month: isNewMonth ? 0 : 3, ...made },
        { id: quiet.siteId, domain: quiet.domain, key: quiet.siteKey, events_this_month: 0, ...made },
      ]);
    });

    test("the site Default has no domain", async () => {
      const { sites } = (await (await server().request("/api/v1/sites")).json()) as {
        sites: readonly { id: string; domain: string | null }[];
      };
      expect(sites.find(({ id }) => id === "site_1")).toMatchObject({ domain: null });
    });

    test("does not count the months before", async () => {
      const site = await createSite(server());
      const now = new Date();
      const before = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1) - 1;
      await createEvents(
        server(),
        [before, before + 1].map((timestamp) => pageView(site, { timestamp, userAgent: GPTBOT })),
      );
      const { sites } = (await (await server().request("/api/v1/sites")).json()) as {
        sites: readonly { id: string; events_this_month: number }[];
      };
      expect(sites.find(({ id }) => id === site.siteId)?.events_this_month).toBe(1);
    });

    test("needs a key that may read", async () => {
      await expectError(await server().request("/api/v1/sites", { key: null }), 401, "MISSING_KEY");
      const key = await createKey(server(), { permissions: ["events:write"] });
      await expectError(await server().request("/api/v1/sites", { key }), 403, "SITE_NOT_FOUND");
    });
  });
});

describe("GET /api/v1/sites/:siteId/stats", () => {
  onEveryTarget((server) => {
    const stats = (siteId: string, query = "") => server().request(`/api/v1/sites/${siteId}/stats${query}`);

    test("counts exactly, the largest first", async () => {
      const site = await createSite(server());
      const k = site.siteKey;
      const bots = ["A", "B", "B", "A", "A"].map((bot) => ({ t: "bot", k, p: "/", bot, company: `${bot} Inc.` }));
      await trackAll(server(), [
        ...bots,
        { t: "bot", k, p: "/", bot: "A" },
        { t: "referral", k, p: "/", s: "claude" },
        { t: "conversion", k, p: "/", name: "purchase", value: 99.99 },
        { t: "conversion", k, p: "/", name: "purchase", value: 0.01 },
        { t: "conversion", k, p: "/", name: "signup" },
      ]);
      const body = await expectStatus(await stats(site.siteId), 200);
      expect(body).toEqual({
        period: { start: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), end: new Date().toISOString().slice(0, 10) },
        totals: { bot_visits: 6, referrals: 1, conversions: 3 },
        bot_breakdown: [
          { bot_name: "A", bot_company: "A Inc.", count: 3 },
          { bot_name: "B", bot_company: "B Inc.", count: 2 },
          { bot_name: "A", bot_company: null, count: 1 },
        ],
        referral_breakdown: [{ source: "claude", count: 1 }],
        conversion_breakdown: [
          { event_name: "purchase", count: 2, value: 100 },
          { event_name: "signup", count: 1, value: 0 },
        ],
      });
    });

    test("of nothing is zero, and of another range too", async () => {
      const site = await createSample(server());
      const query = "?start=2001-01-01&end=2001-01-31";
      expect(await expectStatus(await stats(site.siteId, query), 200)).toEqual({
        period: { start: "2001-01-01", end: "2001-01-31" },
        totals: { bot_visits: 0, referrals: 0, conversions: 0 },
        bot_breakdown: [],
        referral_breakdown: [],
        conversion_breakdown: [],
      });
    });

    test("of more names than a breakdown has rows is exact in its totals, and does not grow", async () => {
      const site = await createSite(server());
      const value = 9_000_000_000;
      for (let start = 0; start < 1_500; start += 500) {
        const events = Array.from({ length: 500 }, (_, n) => ({
          eventType: "conversion",
          eventName: `name-${start + n}`,
          value,
        }));
        await createEvents(
          server(),
          events.map((event) => pageView(site, event)),
        );
      }
      const body = (await expectStatus(await stats(site.siteId), 200)) as Stats;
      expect(body.totals).toEqual({ bot_visits: 0, referrals: 0, conversions: 1_500 });
      expect(body.conversion_breakdown).toHaveLength(1_000);
    });

    test("sums money beyond 64 bits", async () => {
      const site = await createSite(server());
      const event = pageView(site, { eventType: "conversion", eventName: "rich", value: 9_000_000_000 });
      for (let n = 0; n < 2; n++)
        await createEvents(
          server(),
          Array.from({ length: 600 }, () => event),
        );
      const body = (await expectStatus(await stats(site.siteId), 200)) as Stats;
      expect(body.conversion_breakdown).toEqual([{ event_name: "rich", count: 1_200, value: 1_200 * 9_000_000_000 }]);
    });

    test("refuses what the list refuses", async () => {
      const site = await createSite(server());
      await expectError(await stats(site.siteId, "?start=x"), 400, "INVALID_DATE_RANGE");
      await expectError(await stats("site_99999999"), 403, "SITE_NOT_FOUND");
      await expectError(
        await server().request(`/api/v1/sites/${site.siteId}/stats`, { key: null }),
        401,
        "MISSING_KEY",
      );
    });
  });
});

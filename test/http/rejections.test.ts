import { describe, expect, test } from "bun:test";
import { createKey, createSite, pageView } from "../contract/collection/fixture.ts";
import { createTestClock } from "../support/clock.ts";
import { onEveryTarget, startApp, type TestServer } from "../support/server.ts";
import { openSql } from "../support/store.ts";
import { START_S, startLimited } from "./limit-fixture.ts";

interface Rejection {
  readonly id: string;
  readonly at: string;
  readonly websiteId: string | null;
  readonly dialect: string;
  readonly reason: string;
  readonly message: string;
  readonly fieldErrors: Record<string, string[]> | null;
  readonly event: string | null;
  readonly truncated: boolean;
}

interface RejectionList {
  readonly rejections: readonly Rejection[];
  readonly pagination: { readonly limit: number; readonly nextCursor: string | null };
}

async function list(server: TestServer, query = "", key: string | null = server.adminKey): Promise<RejectionList> {
  const response = await server.request(`/api/v1/rejections${query}`, { key });
  expect(response.status).toBe(200);
  return (await response.json()) as RejectionList;
}

/** Posts something that must not be taken, without a key where nothing else is said. */
async function refused(
  server: TestServer,
  path: string,
  body: string | object,
  { status = 400, key = null, headers = {} }: { status?: number; key?: string | null; headers?: object } = {},
): Promise<void> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method: "POST", body: text, key, headers: headers as Record<string, string> };
  const response = await server.request(path, init);
  await response.text();
  expect(response.status).toBe(status);
}

const COLLECTION = "/api/v1/events";

describe("events that were not taken", () => {
  onEveryTarget((server) => {
    test("are listed with what was wrong, newest first, and with nothing personal", async () => {
      const site = await createSite(server());
      const visitor = { visitorId: "v".repeat(201), sessionId: "secret-session", properties: { plan: "secret-plan" } };
      await refused(server(), COLLECTION, { ...pageView(site), ...visitor, url: "nowhere" });
      await refused(server(), COLLECTION, { ...pageView(site), ...visitor, visitorId: "v", timestamp: 5 });
      const { rejections, pagination } = await list(server(), `?trackingCode=${site.trackingCode}`);
      expect(pagination).toEqual({ limit: 100, nextCursor: null });
      expect(rejections).toMatchObject([
        { reason: "invalid_event", fieldErrors: { timestamp: [expect.any(String)] } },
        {
          id: expect.any(String),
          at: expect.stringMatching(/^20\d\d-.*Z$/),
          websiteId: site.id,
          dialect: "collection",
          reason: "invalid_event",
          message: expect.any(String),
          fieldErrors: { visitorId: ["Must be a string of 1 to 200 characters"] },
          truncated: false,
        },
      ]);
      const shown = JSON.parse(String(rejections[1]?.event)) as Record<string, unknown>;
      expect(shown).toMatchObject({
        trackingCode: site.trackingCode,
        eventType: "pageview",
        url: "nowhere",
        visitorId: "(text of 201)",
        sessionId: "(text of 14)",
        properties: "(object)",
      });
      expect(JSON.stringify(rejections)).not.toContain("secret");
    });

    test("are noted by every API, with the site that they name", async () => {
      const site = await createSite(server());
      const { adminKey: key } = server();
      const { programId, domain, trackingCode, siteKey } = site;
      await refused(server(), "/api/v1/track", { code: trackingCode, sid: "s", vid: "v", url: 5 });
      await refused(server(), "/api/t", { t: "bot", k: siteKey, p: "/" });
      await refused(server(), "/api/t", { t: "nothing", k: siteKey, p: "/" });
      for (const prefix of ["/api/v1/track", "/api/tracking"]) {
        await refused(server(), `${prefix}/click`, { affiliate_url: `https://www.${domain}/` });
        await refused(server(), `${prefix}/lead`, { program_id: programId });
        await refused(server(), `${prefix}/lead`, { additional_data: { program_id: String(programId) }, email: 5 });
        await refused(server(), `${prefix}/sale`, { program_id: programId, transaction_id: "t" }, { key });
        await refused(server(), `${prefix}/sale`, { click_id: `cust_${programId}_1`, amount_cents: 0.5 }, { key });
      }
      const { rejections } = await list(server(), `?trackingCode=${trackingCode}`);
      expect(rejections.map(({ dialect, reason }) => `${dialect} ${reason}`).toReversed()).toEqual([
        "collection invalid_event",
        "site-events invalid_event",
        "site-events invalid_event",
        ...Array(10).fill("affiliate invalid_event"),
      ]);
      for (const one of rejections) expect(one.websiteId).toBe(site.id);
    });

    test("of a batch are noted one by one, with the site of each, and what was stored is not there", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const events = [
        pageView(site),
        { ...pageView(site), url: "nowhere" },
        { ...pageView(other), eventType: "no" },
        5,
        { ...pageView(site), trackingCode: "pm-nobody-1" },
      ];
      await refused(server(), `${COLLECTION}/batch`, { events }, { status: 207 });
      const reasons = async ({ trackingCode }: { trackingCode: string }) =>
        (await list(server(), `?trackingCode=${trackingCode}`)).rejections.map(({ reason }) => reason);
      expect(await reasons(site)).toEqual(["invalid_event"]);
      expect(await reasons(other)).toEqual(["invalid_event"]);
      const { rejections } = await list(server(), "?limit=2");
      expect(rejections).toMatchObject([
        { websiteId: null, reason: "unknown_site", message: expect.stringContaining("pm-nobody-1") },
        { websiteId: null, reason: "invalid_event", event: "(number)" },
      ]);
    });

    test("and name no site are for keys for all sites alone; a site's are for nobody who may not read it", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      await refused(server(), COLLECTION, { ...pageView(site), trackingCode: "pm-nowhere-2" }, { status: 404 });
      await refused(server(), "/api/t", { t: "bot", k: "ak_nobody", p: "/", bot: "B" }, { status: 403 });
      await refused(server(), COLLECTION, `{"trackingCode":"pm-x-1","visitorId":"secret"`);
      await refused(server(), COLLECTION, " ".repeat(200_000), { status: 413 });
      await refused(server(), COLLECTION, { ...pageView(site), url: 1 });
      const all = await list(server(), "?limit=5");
      expect(all.rejections).toMatchObject([
        { websiteId: site.id, reason: "invalid_event" },
        { websiteId: null, reason: "too_large", event: null },
        { websiteId: null, reason: "invalid_json", event: '{"trackingCode":"…","…":"…"' },
        { websiteId: null, reason: "unknown_site", dialect: "site-events" },
        { websiteId: null, reason: "unknown_site", dialect: "collection" },
      ]);
      const keyOf = (sites?: string[]) =>
        createKey(server(), { permissions: ["events:read"], tier: "unlimited", ...(sites ? { sites } : {}) });
      expect(await list(server(), "?limit=5", await keyOf())).toEqual(all);
      expect((await list(server(), "", await keyOf([site.id]))).rejections).toMatchObject([{ websiteId: site.id }]);
      expect((await list(server(), "", await keyOf([other.id]))).rejections).toEqual([]);
    });

    test("by a key that may not post are noted as forbidden", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const lacking = await createKey(server(), { permissions: ["events:read"], tier: "unlimited" });
      const foreign = await createKey(server(), {
        permissions: ["events:write"],
        sites: [other.id],
        tier: "unlimited",
      });
      for (const key of [lacking, foreign]) {
        await refused(server(), COLLECTION, pageView(site), { status: 403, key });
        await refused(server(), `${COLLECTION}/`, pageView(site), { status: 403, key });
      }
      const { rejections } = await list(server(), `?trackingCode=${site.trackingCode}`);
      expect(rejections.map(({ reason }) => reason)).toEqual(Array(4).fill("forbidden"));
    });

    test("are paged without a gap, filtered by reason", async () => {
      const site = await createSite(server());
      for (let n = 0; n < 7; n++) await refused(server(), COLLECTION, { ...pageView(site), timestamp: n });
      await refused(
        server(),
        COLLECTION,
        { ...pageView(site) },
        { status: 403, key: await createKey(server(), { permissions: ["events:read"] }) },
      );
      const found: string[] = [];
      let query = "";
      for (;;) {
        const { rejections, pagination } = await list(
          server(),
          `?trackingCode=${site.trackingCode}&reason=invalid_event&limit=3${query}`,
        );
        found.push(...rejections.map(({ event }) => String(JSON.parse(event ?? "null").timestamp)));
        if (pagination.nextCursor === null) break;
        query = `&cursor=${pagination.nextCursor}`;
      }
      expect(found).toEqual(["6", "5", "4", "3", "2", "1", "0"]);
    });

    test.each([
      ["limit=0", { limit: ["Must be a whole number of at least 1"] }],
      ["reason=no", { reason: [expect.stringContaining("one of: invalid_event")] }],
      ["cursor=-", { cursor: ["Is not a cursor of this list"] }],
    ])("cannot be asked for by %s", async (query, fieldErrors) => {
      const response = await server().request(`/api/v1/rejections?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: "VALIDATION_ERROR", details: { fieldErrors } });
    });

    test("of an unknown site cannot be asked for; above 1,000 is taken as 1,000", async () => {
      expect((await server().request("/api/v1/rejections?trackingCode=pm-nobody-1")).status).toBe(404);
      expect((await list(server(), "?limit=5000")).pagination.limit).toBe(1_000);
    });
  });

  test("are not what a limit has refused, nor what was stored before", async () => {
    await using fixture = await startLimited({ config: { ingestLimit: { limit: 2, windowMs: 60_000 } } });
    const { server } = fixture;
    const site = await createSite(server);
    const post = () => fixture.from("192.0.2.1", COLLECTION, { json: { ...pageView(site), eventId: "e" } });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await post()).status);
    expect(statuses).toEqual([201, 200, 429, 429]);
    const sale = { transaction_id: "t", amount_cents: 1, customer_key: "c", program_id: site.programId };
    for (const status of [200, 409])
      expect((await server.request("/api/v1/track/sale", { json: sale })).status).toBe(status);
    expect((await list(server)).rejections).toEqual([]);
  });

  test("are noted with the page's origin that a site does not allow, and gone after a week", async () => {
    await using fixture = await startLimited();
    const { server, clock } = fixture;
    const site = await createSite(server, { allowedOrigins: ["https://own.example"] });
    const json = { events: [pageView(site), pageView(site)] };
    const headers = { origin: "https://other.example" };
    expect((await fixture.from("192.0.2.1", `${COLLECTION}/batch`, { json, headers })).status).toBe(403);
    expect((await list(server, `?trackingCode=${site.trackingCode}`)).rejections).toMatchObject([
      {
        at: new Date(START_S * 1_000).toISOString(),
        reason: "forbidden",
        message: expect.stringContaining("other.example"),
      },
    ]);
    clock.advance(7 * 86_400_000);
    expect((await list(server)).rejections).toHaveLength(1);
    clock.advance(1);
    expect((await list(server)).rejections).toEqual([]);
  });

  test("are hidden with their site, back with it, and gone with it when it is purged", async () => {
    const clock = createTestClock();
    await using server = await startApp({ overrides: { clock } });
    const site = await createSite(server);
    const count = async () => (await list(server)).rejections.length;
    const change = async (method: string, path = "") =>
      expect((await server.request(`/api/v1/websites/${site.id}${path}`, { method })).status).toBe(200);
    await refused(server, COLLECTION, { ...pageView(site), url: 1 });
    await refused(server, COLLECTION, { ...pageView(site), trackingCode: "pm-none-1" }, { status: 404 });
    expect(await count()).toBe(2);
    await change("DELETE");
    expect(await count()).toBe(1);
    await change("POST", "/restore");
    expect(await count()).toBe(2);
    await change("DELETE");
    clock.advance(3 * 86_400_000);
    await server.runJob("purge");
    using sql = openSql(server.database);
    expect((await sql.execute("SELECT site_id FROM rejections")).rows.map(({ site_id }) => site_id)).toEqual([null]);
  });
});

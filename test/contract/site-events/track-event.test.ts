import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createKey, createSite, expectError, expectStatus, GPTBOT, listEvents, track, trackAll } from "./fixture.ts";

describe("POST /api/t", () => {
  onEveryTarget((server) => {
    test("stores a bot's visit, a referral and a conversion as they were said", async () => {
      const site = await createSite(server(), { domain: `track-${server().url.split(":").at(-1)}.example` });
      const k = site.siteKey;
      const ids = await trackAll(server(), [
        {
          t: "bot",
          k,
          p: "/a?b=c",
          ua: GPTBOT,
          bot: "MyBot",
          company: "Me",
          country: "US",
          city: "Boston",
          asn: 13335,
        },
        { t: "referral", k, p: "https://example.com/b#x", s: "duckduckgo-ai", country: "GB" },
        { t: "conversion", k, p: "/c", name: "purchase", value: 99.99, country: "DE" },
        { t: "conversion", k, p: "/d", name: "signup" },
      ]);
      const { events } = await listEvents(server(), site.siteId);
      const time = { created_at: expect.any(String) };
      expect(events.toSorted((a, b) => a.id - b.id)).toEqual([
        { id: ids[0], type: "bot", page_path: "/a", country: "US", ...time, bot_name: "MyBot", bot_company: "Me" },
        { id: ids[1], type: "referral", page_path: "/b", country: "GB", ...time, source: "duckduckgo-ai" },
        {
          id: ids[2],
          type: "conversion",
          page_path: "/c",
          country: "DE",
          ...time,
          event_name: "purchase",
          event_value: 99.99,
        },
        {
          id: ids[3],
          type: "conversion",
          page_path: "/d",
          country: null,
          ...time,
          event_name: "signup",
          event_value: null,
        },
      ] as never);
      const listed = (await (
        await server().request(`/api/v1/events?trackingCode=${site.trackingCode}&order=received`)
      ).json()) as { events: unknown[] };
      expect(listed.events).toMatchObject([
        { eventType: "pageview", url: `https://${site.domain}/a?b=c`, location: "US", properties: { asn: 13335 } },
        { eventType: "pageview", url: "https://example.com/b#x" },
        { eventType: "conversion", eventName: "purchase", value: 99.99 },
        { eventType: "conversion", eventName: "signup", value: null },
      ]);
    });

    test("fills in a bot's company by its User-Agent", async () => {
      const site = await createSite(server());
      await trackAll(server(), [{ t: "bot", k: site.siteKey, p: "/", bot: "GPTBot", ua: GPTBOT }]);
      expect((await listEvents(server(), site.siteId)).events).toMatchObject([{ bot_company: "OpenAI" }]);
    });

    test("takes text/plain, as beacons send it, from every origin", async () => {
      const site = await createSite(server());
      const body = JSON.stringify({ t: "conversion", k: site.siteKey, p: "/", name: "beacon" });
      const headers = { "content-type": "text/plain;charset=UTF-8", origin: "https://shop.example" };
      const response = await server().request("/api/t", { body, key: null, headers });
      expect(response.status).toBe(201);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
    });

    test("with an eventId stores an event once", async () => {
      const site = await createSite(server());
      const body = { t: "conversion", k: site.siteKey, p: "/", name: "order", value: 5, eventId: "order-1" };
      const first = (await expectStatus(await track(server(), body), 201)) as { id: number };
      expect(await expectStatus(await track(server(), body), 200)).toEqual({ ok: true, id: first.id });
      expect((await listEvents(server(), site.siteId)).events).toHaveLength(1);
    });

    test.each([
      ["no kind", { t: undefined }],
      ["another kind", { t: "pageview" }],
      ["no page", { p: undefined }],
      ["an empty page", { p: "" }],
      ["a page that is too long", { p: "/".repeat(2_049) }],
      ["a bot without a name", { t: "bot" }],
      ["a bot whose name is null", { t: "bot", bot: null }],
      ["a referral without a source", { t: "referral" }],
      ["a conversion without a name", { name: undefined }],
      ["an empty name", { name: "" }],
      ["a name that is too long", { name: "x".repeat(101) }],
      ["a value that is no number", { value: "5" }],
      ["a value that is too large", { value: 1e300 }],
      ["an eventId that is too long", { eventId: "x".repeat(129) }],
    ])("refuses %s", async (_what, fields) => {
      const site = await createSite(server());
      const body = { t: "conversion", k: site.siteKey, p: "/", name: "a", ...fields };
      await expectError(await track(server(), body), 400, "INVALID_EVENT");
      expect((await listEvents(server(), site.siteId)).events).toEqual([]);
    });

    test.each([
      ["no JSON", "{", "INVALID_JSON"],
      ["nothing", "", "INVALID_JSON"],
      ["half a character", '{"t":"bot","k":"ak_1","p":"\\ud800","bot":"A"}', "INVALID_JSON"],
      ["a list", "[]", "INVALID_EVENT"],
      ["null", "null", "INVALID_EVENT"],
    ])("refuses %s", async (_what, body, code) => {
      await expectError(await server().request("/api/t", { method: "POST", body, key: null }), 400, code);
    });

    test("refuses a key that no site has, and one that is no site key", async () => {
      const site = await createSite(server());
      for (const k of ["ak_unknown", site.trackingCode, site.siteId, "1"]) {
        await expectError(await track(server(), { t: "bot", k, p: "/", bot: "A" }), 403, "SITE_NOT_FOUND");
      }
    });

    test("refuses an API key of other sites, and a body that is too large", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const key = await createKey(server(), { permissions: ["events:write"], sites: [other.id] });
      const body = { t: "bot", k: site.siteKey, p: "/", bot: "A" };
      await expectError(await server().request("/api/t", { json: body, key }), 403, "SITE_NOT_FOUND");
      const large = await track(server(), { ...body, ua: "x".repeat(70_000) });
      await expectError(large, 413, "PAYLOAD_TOO_LARGE");
    });
  });
});

describe("POST /api/integrations/cloudflare/verify", () => {
  onEveryTarget((server) => {
    const verify = (json: unknown) => server().request("/api/integrations/cloudflare/verify", { json, key: null });

    test("tells whether a key is that of the site on a domain", async () => {
      const domain = `verify-${server().url.split(":").at(-1)}.example`;
      const { siteKey: key } = await createSite(server(), { domain });
      for (const here of [domain, `www.${domain}`, `https://${domain}/page`, domain.toUpperCase()]) {
        expect(await expectStatus(await verify({ key, domain: here, type: "worker" }), 200)).toEqual({ ok: true });
      }
      for (const elsewhere of ["other.example", `not${domain}`]) {
        await expectError(await verify({ key, domain: elsewhere, type: "worker" }), 403, "SITE_NOT_FOUND");
      }
      await expectError(await verify({ key: "ak_unknown", domain, type: "worker" }), 403, "SITE_NOT_FOUND");
    });

    test("refuses what is no request", async () => {
      const { siteKey: key } = await createSite(server());
      await expectError(await verify({ key }), 400, "INVALID_REQUEST");
      await expectError(await verify({ key, domain: "no domain" }), 400, "INVALID_REQUEST");
    });
  });
});

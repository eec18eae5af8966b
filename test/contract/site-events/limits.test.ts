import { describe, expect, test } from "bun:test";
import { START_S, startLimited, statusesOf, toldBy } from "../../http/limit-fixture.ts";
import { createKey, createSite, expectStatus, list, track } from "./fixture.ts";

describe("limits in the site-events API", () => {
  test("are told on every answer, the 61st request of a free key is refused until there is one more", async () => {
    await using fixture = await startLimited();
    const site = await createSite(fixture.server);
    const key = await createKey(fixture.server, { permissions: ["events:read"], tier: "free" });
    const ask = () => list(fixture.server, site.siteId, {}, key);
    expect(toldBy(await ask())).toMatchObject({ limit: "60", remaining: "59", reset: String(START_S + 1) });
    expect(await statusesOf(59, ask)).toEqual(Array(59).fill(200));
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(toldBy(refused)).toMatchObject({
      limit: "60",
      remaining: "0",
      reset: String(START_S + 60),
      retryAfter: "1",
    });
    expect(await refused.json()).toEqual({ error: expect.any(String), code: "RATE_LIMITED", retry_after: 1 });
    fixture.clock.advance(1_000);
    expect((await ask()).status).toBe(200);
  });

  test("are told with errors, too", async () => {
    await using fixture = await startLimited();
    const key = await createKey(fixture.server, { permissions: ["events:read"], tier: "pro" });
    const refused = await list(fixture.server, "site_999", {}, key);
    expect(refused.status).toBe(403);
    expect(toldBy(refused)).toMatchObject({ limit: "600", remaining: "599" });
  });

  test("hold for posting and verifying without a key, by address and site", async () => {
    await using fixture = await startLimited({ config: { ingestLimit: { limit: 2, windowMs: 60_000 } } });
    const site = await createSite(fixture.server);
    const body = { t: "conversion", k: site.siteKey, p: "/", name: "purchase" };
    const verify = { key: site.siteKey, domain: site.domain, type: "worker" };
    const post = (address: string) => fixture.from(address, "/api/t", { json: body });
    expect((await post("192.0.2.1")).status).toBe(201);
    expect((await fixture.from("192.0.2.1", "/api/integrations/cloudflare/verify", { json: verify })).status).toBe(200);
    const refused = await post("192.0.2.1");
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({ error: expect.any(String), code: "RATE_LIMITED", retry_after: 30 });
    expect((await post("192.0.2.2")).status).toBe(201);
  });

  test("keep pages of other origins from posting where a site names its own", async () => {
    await using fixture = await startLimited();
    const site = await createSite(fixture.server, { allowedOrigins: ["https://mine.example"] });
    const body = { t: "conversion", k: site.siteKey, p: "/", name: "purchase" };
    const from = (origin: string) => track(fixture.server, body, { headers: { origin } });
    expect((await from("https://mine.example")).status).toBe(201);
    const refused = await from("https://other.example");
    expect(refused.status).toBe(403);
    expect(((await refused.json()) as { error: string }).error).toContain("https://other.example");
  });
});

test("a deleted site is gone from the site-events API, and back once it is restored", async () => {
  await using fixture = await startLimited();
  const { server } = fixture;
  const site = await createSite(server);
  await expectStatus(await server.request(`/api/v1/websites/${site.id}`, { method: "DELETE" }), 200);
  const body = { t: "conversion", k: site.siteKey, p: "/", name: "purchase" };
  expect((await list(server, site.siteId)).status).toBe(403);
  expect((await server.request(`/api/v1/sites/${site.siteId}/stats`)).status).toBe(403);
  expect((await track(server, body)).status).toBe(403);
  const { sites } = (await (await server.request("/api/v1/sites")).json()) as { sites: readonly { id: string }[] };
  expect(sites.map(({ id }) => id)).not.toContain(site.siteId);
  await expectStatus(await server.request(`/api/v1/websites/${site.id}/restore`, { method: "POST" }), 200);
  expect((await list(server, site.siteId)).status).toBe(200);
});

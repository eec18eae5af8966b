import { describe, expect, test } from "bun:test";
import { START_S, startLimited, statusesOf, TOLD_NOTHING, toldBy } from "../../http/limit-fixture.ts";
import type { TestServer } from "../../support/server.ts";
import { createScope, expectStatus, list, listed, postBulk, postTrack, preview, previewed, track } from "./fixture.ts";

async function createKey(server: TestServer, fields: Record<string, unknown>): Promise<string> {
  const permissions = ["events:read", "events:write", "events:delete"];
  const response = await server.request("/api/v1/keys", { json: { name: "A key", permissions, ...fields } });
  return ((await expectStatus(response, 201)) as { key: string }).key;
}

const changeSite = async (server: TestServer, siteId: string, json: Record<string, unknown>) =>
  expectStatus(await server.request(`/api/v1/websites/${siteId}`, { method: "PATCH", json }), 200);

describe("limits in the profile-store API", () => {
  test("are told on every answer; the 61st request of a free key is refused until there is one more", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const key = await createKey(server, { tier: "free" });
    expect(toldBy(await list(server, {}, { key }))).toMatchObject({
      limit: "60",
      remaining: "59",
      reset: String(START_S + 1),
    });
    expect((await preview(server, "Events", undefined, { key })).status).toBe(200);
    expect((await server.request("/api/v2.0/Track", { key, json: track() })).status).toBe(201);
    expect((await server.request("/api/v2.0/TrackBulk", { key, json: [track()] })).status).toBe(201);
    expect((await server.request("/api/v2.0/TrackEvents/default/1", { key, method: "DELETE" })).status).toBe(404);
    // An error and a path in another case count as any other, once.
    expect(await statusesOf(1, () => list(server, { $top: "x" }, { key }))).toEqual([400]);
    expect(toldBy(await server.request("/api/v2.0/trackevents", { key }))).toMatchObject({ remaining: "53" });
    expect(await statusesOf(53, () => list(server, {}, { key }))).toEqual(Array(53).fill(200));
    const refused = await list(server, {}, { key });
    expect(toldBy(refused)).toMatchObject({ remaining: "0", reset: String(START_S + 60), retryAfter: "1" });
    expect(await expectStatus(refused, 429)).toEqual({
      error: { code: "TooManyRequests", message: "The API key may make 60 requests a minute; try again in 1 s" },
    });
    fixture.clock.advance(1_000);
    expect((await list(server, {}, { key })).status).toBe(200);
  });

  test("of a key without any limit are not told", async () => {
    await using fixture = await startLimited();
    const key = await createKey(fixture.server, { tier: "unlimited" });
    expect(toldBy(await list(fixture.server, {}, { key }))).toEqual(TOLD_NOTHING);
  });

  test("of a site's events hold for Track and TrackBulk: all of a body are taken, or none", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const { scope, siteId } = await createScope(server);
    await changeSite(server, siteId, { eventsPerMinute: 10 });
    const event = track({ Scope: scope });
    await postBulk(server, Array(9).fill(event));
    const refused = await server.request("/api/v2.0/TrackBulk", { json: [event, track(), event] });
    expect(refused.headers.get("retry-after")).toBe("6");
    expect(await expectStatus(refused, 429)).toEqual({
      error: { code: "TooManyRequests", message: "The website takes 10 events a minute; try again in 6 s" },
    });
    expect((await previewed(server, "Events", scope)).count).toBe(9);
    await postTrack(server, event);
    expect((await server.request("/api/v2.0/Track", { json: event })).status).toBe(429);
    const never = await server.request("/api/v2.0/TrackBulk", { json: Array(11).fill(event) });
    expect(await expectStatus(never, 413)).toMatchObject({ error: { code: "RequestTooLarge" } });
    // Other scopes go on.
    await postTrack(server, track());
    expect((await listed(server, {})).total).toBe(11);
  });

  test("pages of the origins that a site names may read answers about it, others may not", async () => {
    await using fixture = await startLimited();
    const { server } = fixture;
    const { scope, siteId } = await createScope(server);
    const { TrackId } = await postTrack(server, track({ Scope: scope }));
    await changeSite(server, siteId, { allowedOrigins: ["https://mine.example"] });
    const openTo = async (origin: string, of = scope) => {
      const response = await preview(server, "Events", of, { headers: { origin } });
      expect(response.status).toBe(200);
      return response.headers.get("access-control-allow-origin");
    };
    expect(await openTo("https://mine.example")).toBe("https://mine.example");
    expect(await openTo("https://mine.example", "default")).toBeNull();
    expect(await openTo("https://other.example")).toBeNull();
    const path = `/api/v2.0/TrackEvents/${scope}/${TrackId}`;
    const deleted = await server.request(path, { method: "DELETE", headers: { origin: "https://mine.example" } });
    expect(deleted.headers.get("access-control-allow-origin")).toBe("https://mine.example");
    const both = await createKey(server, { tier: "unlimited", sites: [siteId] });
    const listedTo = async (key: string) => {
      const response = await list(server, {}, { key, headers: { origin: "https://mine.example" } });
      return response.headers.get("access-control-allow-origin");
    };
    expect(await listedTo(both)).toBe("https://mine.example");
    // That is about sites that do not name it, too.
    expect(await listedTo(server.adminKey)).toBeNull();
  });
});

test("a deletion is refused with 429 while as many events wait as may, until the next purge has made room", async () => {
  await using fixture = await startLimited({ config: { maxPendingDeletions: 2 } });
  const { server, clock } = fixture;
  const events = await Promise.all(["a", "b", "c"].map((Value) => postTrack(server, track({ Value }))));
  const pathOf = (at: number) => `/api/v2.0/TrackEvents/default/${events[at]?.TrackId}`;
  const remove = (at: number) => server.request(pathOf(at), { method: "DELETE" });
  expect(await statusesOf(1, () => remove(0))).toEqual([200]);
  expect(await statusesOf(1, () => remove(1))).toEqual([200]);
  const refused = await remove(2);
  // Deleted at noon; the first purge at least a day later is that of 03:00 on the day after tomorrow.
  expect(refused.headers.get("retry-after")).toBe(String(39 * 3_600));
  expect(await expectStatus(refused, 429)).toEqual({
    error: { code: "TooManyPendingDeletions", message: "Too many deleted events wait for their removal" },
  });
  expect((await listed(server, {})).items).toEqual([events[2] as never]);
  await expectStatus(await server.request(`${pathOf(0)}/restore`, { method: "POST" }), 200);
  expect((await remove(2)).status).toBe(200);
  clock.advance(39 * 3_600_000);
  await server.runJob("purge");
  expect((await server.request(`${pathOf(1)}/restore`, { method: "POST" })).status).toBe(404);
  expect((await remove(0)).status).toBe(200);
});

test("a deleted site is gone from the profile-store API, and back once it is restored", async () => {
  await using fixture = await startLimited();
  const { server } = fixture;
  const { scope, siteId } = await createScope(server);
  const event = await postTrack(server, track({ Scope: scope, Value: "its own" }));
  await expectStatus(await server.request(`/api/v1/websites/${siteId}`, { method: "DELETE" }), 200);
  const path = `/api/v2.0/TrackEvents/${scope}/${event.TrackId}`;
  expect((await listed(server, {})).items).toEqual([]);
  expect((await preview(server, "Events", scope)).status).toBe(404);
  expect((await server.request(path, { method: "DELETE" })).status).toBe(404);
  expect((await server.request(`${path}/restore`, { method: "POST" })).status).toBe(404);
  // Nobody has the scope now: what comes in meanwhile is kept under default.
  await postTrack(server, track({ Scope: scope, Value: "meanwhile" }));
  expect((await previewed(server, "Events | project Scope, Value")).items).toEqual([
    { Scope: scope, Value: "meanwhile" },
  ]);
  await expectStatus(await server.request(`/api/v1/websites/${siteId}/restore`, { method: "POST" }), 200);
  expect((await listed(server, { $filter: `Scope eq '${scope}' and Value eq 'its own'` })).items).toEqual([event]);
});

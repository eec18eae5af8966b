import { describe, expect, test } from "bun:test";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp } from "../../support/server.ts";
import { createFolder } from "../../support/store.ts";
import {
  createEvent,
  createKey,
  createSite,
  expectError,
  expectInvalid,
  expectStatus,
  ISO_TIME,
  list,
  pageView,
  post,
  postBatch,
  type Website,
} from "./fixture.ts";

const CHOSEN = {
  publicRead: true,
  allowedOrigins: ["https://shop.example", "http://localhost:8080"],
  honorGpc: false,
  honorDnt: true,
  retentionDays: 30,
  attributionWindowDays: 7,
  eventsPerMinute: 100,
};

const STANDARD = {
  publicRead: false,
  allowedOrigins: null,
  honorGpc: true,
  honorDnt: false,
  retentionDays: null,
  attributionWindowDays: 60,
  eventsPerMinute: null,
};

const NO_WEBSITE = "Website not found";
const WHOLE = (max: number) => `Must be a whole number from 1 to ${max}`;

/** Every name of a website. */
const namesOf = (site: Website) => [
  site.id,
  site.trackingCode,
  String(site.programId),
  site.siteId,
  site.siteKey,
  site.scope,
];

const pathOf = (name: string) => `/api/v1/websites/${encodeURIComponent(name)}`;

describe("/api/v1/websites/:id", () => {
  onEveryTarget((server) => {
    const get = (name: string, key?: string) => server().request(pathOf(name), key === undefined ? {} : { key });
    const patch = (name: string, json: unknown, key?: string) =>
      server().request(pathOf(name), { method: "PATCH", json, ...(key === undefined ? {} : { key }) });
    const remove = (name: string, key?: string) =>
      server().request(pathOf(name), { method: "DELETE", ...(key === undefined ? {} : { key }) });
    const restore = (name: string, key?: string) =>
      server().request(`${pathOf(name)}/restore`, { method: "POST", ...(key === undefined ? {} : { key }) });

    describe("GET", () => {
      test("answers the website, by each of its names", async () => {
        const site = await createSite(server(), CHOSEN);
        expect(site as unknown).toMatchObject(CHOSEN);
        for (const name of namesOf(site)) expect(await expectStatus(await get(name), 200)).toEqual(site);
      });

      test.each([
        "web-999999",
        "999999",
        "pm-nobody-1",
        "nowhere",
        "ak_nothing",
        "web-0",
        "x".repeat(100),
        "a\0b",
        "%",
      ])("answers 404 for %j", async (name) => {
        await expectError(await get(name), 404, "NOT_FOUND", NO_WEBSITE);
      });

      test("answers 400 for a name that is too long to be one", async () => {
        const response = await get("x".repeat(101));
        await expectInvalid(response, { id: ["Must be at most 100 characters"] }, "Invalid path");
      });

      test("answers 404 for a website that the key is not for", async () => {
        const [site, other] = [await createSite(server()), await createSite(server())];
        const key = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
        expect(await expectStatus(await get(site.id, key), 200)).toEqual(site);
        await expectError(await get(other.id, key), 404, "NOT_FOUND", NO_WEBSITE);
      });
    });

    describe("PATCH", () => {
      test("changes what is said, by each of its names, and nothing else", async () => {
        let site = await createSite(server());
        for (const [at, name] of namesOf(site).entries()) {
          const description = `Number ${at}`;
          const changed = (await expectStatus(await patch(name, { description }), 200)) as Website;
          expect(changed).toEqual({ ...site, description } as never);
          site = changed;
        }
      });

      test("changes every setting, and null puts it back", async () => {
        const site = await createSite(server());
        const changed = await expectStatus(await patch(site.id, CHOSEN), 200);
        expect(changed).toEqual({ ...site, ...CHOSEN });
        expect(await expectStatus(await get(site.id), 200)).toEqual(changed);
        const nothing = Object.fromEntries(Object.keys(CHOSEN).map((name) => [name, null]));
        expect(await expectStatus(await patch(site.id, nothing), 200)).toEqual({ ...site, ...STANDARD });
      });

      test("changes name, domain and scope; the codes stay", async () => {
        const site = await createSite(server(), { description: "Old" });
        const said = {
          name: " New ",
          domain: `https://NEW-${site.programId}.example/x`,
          scope: `new-${site.programId}`,
          description: null,
        };
        expect(await expectStatus(await patch(site.id, said), 200)).toEqual({
          ...site,
          name: "New",
          domain: `new-${site.programId}.example`,
          scope: said.scope,
          description: null,
        });
        await expectError(await get(site.scope), 404, "NOT_FOUND", NO_WEBSITE);
        expect(await expectStatus(await patch(site.id, { domain: null }), 200)).toMatchObject({ domain: null });
        await createEvent(server(), pageView(site));
      });

      test("with nothing to change answers the website", async () => {
        const site = await createSite(server());
        for (const json of [{}, { foo: 1 }]) expect(await expectStatus(await patch(site.id, json), 200)).toEqual(site);
      });

      test("takes origins as browsers send them, each once", async () => {
        const site = await createSite(server());
        const allowedOrigins = ["HTTPS://Shop.example:443", "https://shop.example", "https://bücher.example"];
        expect(await expectStatus(await patch(site.id, { allowedOrigins }), 200)).toMatchObject({
          allowedOrigins: ["https://shop.example", "https://xn--bcher-kva.example"],
        });
      });

      test.each([
        [{ publicRead: "yes" }, { publicRead: ["Must be a boolean"] }],
        [{ honorGpc: 1 }, { honorGpc: ["Must be a boolean"] }],
        [{ honorDnt: "1" }, { honorDnt: ["Must be a boolean"] }],
        [{ allowedOrigins: "https://a.example" }, { allowedOrigins: ["Must be an array"] }],
        [{ allowedOrigins: [5] }, { "allowedOrigins.0": ["Must be a string"] }],
        [{ allowedOrigins: ["x".repeat(301)] }, { "allowedOrigins.0": ["Must be at most 300 characters"] }],
        [{ allowedOrigins: Array(101).fill("https://a.example") }, { allowedOrigins: ["Must have at most 100 items"] }],
        [{ retentionDays: 0 }, { retentionDays: ["Must be at least 1"] }],
        [{ retentionDays: 36_501 }, { retentionDays: ["Must be at most 36500"] }],
        [{ retentionDays: 1.5 }, { retentionDays: [WHOLE(36_500)] }],
        [{ attributionWindowDays: 0 }, { attributionWindowDays: ["Must be at least 1"] }],
        [{ attributionWindowDays: 3_651 }, { attributionWindowDays: ["Must be at most 3650"] }],
        [{ eventsPerMinute: -1 }, { eventsPerMinute: ["Must be at least 1"] }],
        [{ eventsPerMinute: 10_000_001 }, { eventsPerMinute: ["Must be at most 10000000"] }],
        [{ eventsPerMinute: "10" }, { eventsPerMinute: [WHOLE(10_000_000)] }],
        [{ name: null }, { name: ["Must be a string"] }],
        [{ name: "" }, { name: ["Must not be empty"] }],
        [{ name: "x".repeat(201) }, { name: ["Must be at most 200 characters"] }],
        [{ description: "x".repeat(1_001) }, { description: ["Must be at most 1000 characters"] }],
        [{ scope: null }, { scope: ["Must be a string"] }],
        [{ domain: "" }, { domain: ["Must not be empty"] }],
      ])("answers 400 for %j, and changes nothing", async (json, fieldErrors) => {
        const site = await createSite(server());
        await expectInvalid(
          await patch(site.id, { ...json, honorDnt: "honorDnt" in json ? json.honorDnt : true }),
          fieldErrors,
          "Invalid request body",
        );
        expect(await expectStatus(await get(site.id), 200)).toEqual(site);
      });

      test.each([
        [
          { allowedOrigins: ["shop.example"] },
          { allowedOrigins: ['Must be origins such as "https://example.com", without a path'] },
        ],
        [
          { allowedOrigins: ["https://shop.example/path"] },
          { allowedOrigins: ['Must be origins such as "https://example.com", without a path'] },
        ],
        [
          { allowedOrigins: ["*"] },
          { allowedOrigins: ['Must be origins such as "https://example.com", without a path'] },
        ],
        [{ name: "  " }, { name: ["Must not be empty"] }],
        [{ domain: "no domain" }, { domain: ['Must be a host name such as "example.com", or an http(s) URL'] }],
        [{ scope: "Not A Scope" }, { scope: [expect.stringContaining("Must be a lower-case letter")] }],
      ])("answers 400 for %j, too", async (json, fieldErrors) => {
        const site = await createSite(server());
        await expectInvalid(await patch(site.id, json), fieldErrors as never, "Invalid input");
      });

      test("answers 409 for a domain or a scope that another website has", async () => {
        const [site, other] = [await createSite(server()), await createSite(server())];
        const domain = `A website with the domain "${other.domain}" exists already`;
        await expectError(await patch(site.id, { domain: other.domain }), 409, "CONFLICT", domain);
        const scope = `A website with the scope "${other.scope}" exists already`;
        await expectError(await patch(site.id, { scope: other.scope }), 409, "CONFLICT", scope);
        await expectStatus(await patch(site.id, { domain: site.domain, scope: site.scope }), 200);
      });

      test("answers 409 for another scope of the website Default", async () => {
        const message = 'The scope "default" always exists and cannot be renamed';
        await expectError(await patch("default", { scope: "other" }), 409, "CONFLICT", message);
        expect(await expectStatus(await patch("default", { scope: "default", name: "Default" }), 200)).toMatchObject({
          scope: "default",
        });
      });

      test("answers 404 for a website that the key is not for, and lets a bound key change its own", async () => {
        const [site, other] = [await createSite(server()), await createSite(server())];
        const key = await createKey(server(), { permissions: ["sites:manage"], sites: [site.id] });
        await expectStatus(await patch(site.id, { name: "Mine" }, key), 200);
        await expectError(await patch(other.id, { name: "Mine" }, key), 404, "NOT_FOUND", NO_WEBSITE);
      });

      test("answers 413 above 64 KiB", async () => {
        expect((await patch("default", { foo: "x".repeat(65_536) })).status).toBe(413);
      });
    });

    describe("DELETE", () => {
      test("hides the website at once, everywhere, and says until when it can be restored", async () => {
        const site = await createSite(server(), { publicRead: true });
        const { id: eventId } = await createEvent(server(), pageView(site));
        const bound = await createKey(server(), { permissions: ["events:read", "events:write"], sites: [site.id] });
        const deletion = (await expectStatus(await remove(site.id), 200)) as { deletedAt: string; purgeAt: string };
        expect(deletion as unknown).toEqual({
          id: site.id,
          deletedAt: expect.stringMatching(ISO_TIME),
          purgeAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT03:00:00\.000Z$/),
        });
        expect(Date.parse(deletion.purgeAt) - Date.parse(deletion.deletedAt)).toBeGreaterThanOrEqual(86_400_000);

        const noCode = "Website with this tracking code not found";
        for (const name of namesOf(site)) await expectError(await get(name), 404, "NOT_FOUND", NO_WEBSITE);
        await expectError(await remove(site.id), 404, "NOT_FOUND", NO_WEBSITE);
        await expectError(await patch(site.id, { name: "A" }), 404, "NOT_FOUND", NO_WEBSITE);
        for (const key of [null, bound, server().adminKey]) {
          await expectError(await post(server(), pageView(site), key), 404, "NOT_FOUND", noCode);
          await expectError(await list(server(), site, {}, key), 404, "NOT_FOUND", noCode);
        }
        const item = {
          index: 0,
          error: "NOT_FOUND",
          message: `Website with tracking code "${site.trackingCode}" not found`,
        };
        expect(await expectStatus(await postBatch(server(), [pageView(site)]), 207)).toMatchObject({ errors: [item] });
        await expectError(await server().request(`/api/v1/events/${eventId}`), 404, "NOT_FOUND", "Event not found");
        expect((await server().request(`/api/v1/events/${eventId}`, { key: null })).status).toBe(401);
        expect(await expectStatus(await server().request("/api/v1/websites", { key: bound }), 200)).toEqual({
          websites: [],
          total: 0,
        });
        const wish = { name: "A", permissions: ["events:read"], sites: [site.id] };
        await expectError(
          await server().request("/api/v1/keys", { json: wish }),
          404,
          "NOT_FOUND",
          `Website "${site.id}" not found`,
        );
      });

      test("answers 409 for the website Default, by each of its names", async () => {
        const site = (await expectStatus(await get("default"), 200)) as Website;
        const message = 'The website with the scope "default" always exists: it cannot be deleted';
        for (const name of namesOf(site)) await expectError(await remove(name), 409, "CONFLICT", message);
      });

      test("frees domain and scope", async () => {
        const site = await createSite(server());
        await expectStatus(await remove(site.scope), 200);
        const next = await createSite(server(), { domain: site.domain });
        expect(next).toMatchObject({ domain: site.domain, scope: site.scope });
        expect(next.id).not.toBe(site.id);
      });

      test("does not give a key for the deleted website the one that comes after it", async () => {
        const site = await createSite(server());
        const key = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
        await expectStatus(await remove(site.id), 200);
        const next = await createSite(server(), { domain: site.domain });
        await expectStatus(await list(server(), next, {}, key), 404);
      });

      test("answers 404 for a website that the key is not for", async () => {
        const [site, other] = [await createSite(server()), await createSite(server())];
        const key = await createKey(server(), { permissions: ["sites:manage"], sites: [site.id] });
        await expectError(await remove(other.id, key), 404, "NOT_FOUND", NO_WEBSITE);
        await expectError(await restore(other.id, key), 404, "NOT_FOUND", NO_WEBSITE);
        await expectStatus(await remove(site.id, key), 200);
        await expectStatus(await restore(site.id, key), 200);
      });
    });

    describe("POST /restore", () => {
      test("brings all of it back, by each of its names", async () => {
        const site = await createSite(server(), { ...CHOSEN, allowedOrigins: null });
        const event = await createEvent(server(), pageView(site));
        const bound = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
        for (const name of namesOf(site)) {
          await expectStatus(await remove(site.id), 200);
          expect(await expectStatus(await restore(name), 200)).toEqual(site);
        }
        expect(await expectStatus(await get(site.id), 200)).toEqual(site);
        expect(await expectStatus(await list(server(), site, {}, bound), 200)).toMatchObject({
          events: [event],
          pagination: { total: 1 },
        });
        await createEvent(server(), pageView(site));
      });

      test("answers 404 for what is not deleted", async () => {
        const site = await createSite(server());
        for (const name of [site.id, "web-999999", "a\0b"]) {
          await expectError(await restore(name), 404, "NOT_FOUND", NO_WEBSITE);
        }
      });

      test("answers 409 when another website has taken domain or scope, and leaves both as they are", async () => {
        const site = await createSite(server());
        await expectStatus(await remove(site.id), 200);
        const taker = await createSite(server(), { domain: site.domain });
        const message = `Another website has the domain "${site.domain}" or the scope "${site.scope}" by now: change or delete that one first`;
        await expectError(await restore(site.id), 409, "CONFLICT", message);
        expect(await expectStatus(await get(site.scope), 200)).toEqual(taker);
        await expectStatus(await patch(taker.id, { domain: null, scope: `moved-${taker.programId}` }), 200);
        expect(await expectStatus(await restore(site.id), 200)).toEqual(site);
      });

      test("of a scope that several had means the one that was deleted last", async () => {
        const first = await createSite(server());
        await expectStatus(await remove(first.id), 200);
        const second = await createSite(server(), { domain: first.domain });
        await expectStatus(await remove(second.id), 200);
        expect(await expectStatus(await restore(first.scope), 200)).toMatchObject({ id: second.id });
      });
    });

    test("GET /api/v1/websites?deleted=true lists what can be restored, as far as the key is for it", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      await expectStatus(await remove(other.id), 200);
      const deletion = (await expectStatus(await remove(site.id), 200)) as object;
      const key = await createKey(server(), { permissions: ["events:read"] });
      const listed = (await expectStatus(await server().request("/api/v1/websites?deleted=true", { key }), 200)) as {
        websites: Website[];
      };
      expect(listed.websites.slice(0, 2)).toEqual([
        { ...site, ...deletion },
        expect.objectContaining({ id: other.id }) as never,
      ]);
      const live = (await expectStatus(await server().request("/api/v1/websites"), 200)) as { websites: Website[] };
      expect(live.websites.map(({ id }) => id)).not.toContain(site.id);
    });
  });
});

describe("the undo window of a website", () => {
  test("ends with its purge, to the millisecond", async () => {
    const clock = createTestClock(Date.UTC(2026, 5, 15, 12));
    await using server = await startApp({ overrides: { clock } });
    const site = await createSite(server);
    const remove = () => server.request(pathOf(site.id), { method: "DELETE" });
    const restore = () => server.request(`${pathOf(site.id)}/restore`, { method: "POST" });
    const listed = async () =>
      ((await expectStatus(await server.request("/api/v1/websites?deleted=true"), 200)) as { total: number }).total;
    expect(await expectStatus(await remove(), 200)).toEqual({
      id: site.id,
      deletedAt: "2026-06-15T12:00:00.000Z",
      // The first purge at least 24 hours later.
      purgeAt: "2026-06-17T03:00:00.000Z",
    });
    clock.set(Date.UTC(2026, 5, 17, 3) - 1);
    expect(await listed()).toBe(1);
    await expectStatus(await restore(), 200);
    await expectStatus(await remove(), 200);
    clock.set(Date.UTC(2026, 5, 19, 3));
    expect(await listed()).toBe(0);
    await expectError(await restore(), 404, "NOT_FOUND", NO_WEBSITE);
  });

  test("is as long as the settings say", async () => {
    const clock = createTestClock(Date.UTC(2026, 5, 15, 12));
    const config = { purgeCron: "*/30 * * * *", undoWindowMs: 600_000 };
    await using server = await startApp({ overrides: { clock }, config });
    const site = await createSite(server);
    const deleted = await server.request(pathOf(site.id), { method: "DELETE" });
    expect(await expectStatus(deleted, 200)).toMatchObject({ purgeAt: "2026-06-15T12:30:00.000Z" });
  });

  test("survives a restart", async () => {
    await using folder = await createFolder();
    const database = `${folder.path}/footfall.db`;
    const first = await startApp({ database });
    const site = await createSite(first);
    await expectStatus(await first.request(pathOf(site.id), { method: "DELETE" }), 200);
    await first.stop();
    await using second = await startApp({ database });
    await expectError(await second.request(pathOf(site.id)), 404, "NOT_FOUND", NO_WEBSITE);
    expect(await expectStatus(await second.request(`${pathOf(site.id)}/restore`, { method: "POST" }), 200)).toEqual(
      site,
    );
  });
});

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
} from "./fixture.ts";

const ALL = ["events:write", "events:read", "events:delete", "sites:manage", "keys:manage"];
const KEY = /^ff_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}$/;
const UNKNOWN_KEY = "The API key is unknown, expired or revoked";
const NO_TIME = "Must be an ISO 8601 time, a date, or milliseconds since 1970";
const BOUND = "The API key is bound to some websites; this needs one for all websites";

interface KeyBody {
  readonly id: string;
  readonly key: string;
  readonly createdAt: string;
}

describe("POST /api/v1/keys", () => {
  onEveryTarget((server) => {
    const create = (json: unknown, key?: string) =>
      server().request("/api/v1/keys", { json, ...(key === undefined ? {} : { key }) });

    test("201 shows the key, this once", async () => {
      const response = await create({ name: " Reports ", permissions: ["events:read"] });
      const key = (await expectStatus(response, 201)) as KeyBody;
      expect(key as unknown).toEqual({
        id: key.key.slice(3, 11),
        key: expect.stringMatching(KEY),
        name: "Reports",
        admin: false,
        permissions: ["events:read"],
        sites: null,
        tier: "free",
        requestsPerMinute: 60,
        createdAt: expect.stringMatching(ISO_TIME),
        expiresAt: null,
      });
    });

    test("201 with every permission, websites by any of their names, and an end", async () => {
      const sites = [await createSite(server()), await createSite(server()), await createSite(server())];
      const [first, second, third] = sites.map((site) => site.id);
      const [one, two, three] = sites;
      const names = [one?.trackingCode, two?.siteKey, String(three?.programId), "default"];
      const response = await create({
        name: "A",
        permissions: ALL,
        sites: names,
        expiresAt: "2099-01-01T00:00:00+01:00",
      });
      expect(await expectStatus(response, 201)).toMatchObject({
        permissions: ALL,
        sites: [first, second, third, "web-1"],
        expiresAt: "2098-12-31T23:00:00.000Z",
      });
      const others = [one?.id, one?.siteId, one?.scope];
      expect(await expectStatus(await create({ name: "A", permissions: ALL, sites: others }), 201)).toMatchObject({
        sites: [first, first, first],
      });
    });

    test("201 where null stands for what may be left out, and for a date's whole day", async () => {
      const nothing = await create({ name: "A", permissions: ["events:read"], sites: null, expiresAt: null });
      expect(await expectStatus(nothing, 201)).toMatchObject({ sites: null, expiresAt: null });
      const day = await create({ name: "A", permissions: ["events:read"], expiresAt: "2099-12-31" });
      expect(await expectStatus(day, 201)).toMatchObject({ expiresAt: "2099-12-31T23:59:59.999Z" });
    });

    test("403 for a key that would outlive the one that makes it", async () => {
      const lent = { name: "Lent", permissions: ["keys:manage", "events:read"], expiresAt: "2099-06-01T00:00:00Z" };
      const { key } = (await expectStatus(await create(lent), 201)) as KeyBody;
      const message = "The API key expires at 2099-06-01T00:00:00.000Z, and so must every key that it makes";
      for (const expiresAt of [null, "2099-06-01T00:00:00.001Z"]) {
        const response = await create({ name: "A", permissions: ["events:read"], expiresAt }, key);
        await expectError(response, 403, "FORBIDDEN", message);
      }
      const within = { name: "A", permissions: ["events:read"], expiresAt: lent.expiresAt };
      await expectStatus(await create(within, key), 201);
    });

    test("tracking:list is another name of events:read", async () => {
      const response = await create({ name: "A", permissions: ["tracking:list", "events:read"] });
      expect(await expectStatus(response, 201)).toMatchObject({ permissions: ["events:read"] });
    });

    test.each([
      [{ permissions: ["events:read"] }, { name: ["Required"] }],
      [{ name: "", permissions: ["events:read"] }, { name: ["Must not be empty"] }],
      [{ name: "x".repeat(201), permissions: ["events:read"] }, { name: ["Must be at most 200 characters"] }],
      [{ name: "A" }, { permissions: ["Required"] }],
      [{ name: "A", permissions: [] }, { permissions: ["Must have at least 1 item"] }],
      [{ name: "A", permissions: "events:read" }, { permissions: ["Must be an array"] }],
      [{ name: "A", permissions: [5] }, { "permissions.0": ["Must be a string"] }],
      [{ name: "A", permissions: ["events:read"], sites: [] }, { sites: ["Must have at least 1 item"] }],
      [{ name: "A", permissions: ["events:read"], sites: "web-1" }, { sites: ["Must be an array"] }],
      [{ name: "A", permissions: ["events:read"], sites: [1] }, { "sites.0": ["Must be a string"] }],
      [{ name: "A", permissions: ["events:read"], expiresAt: 5 }, { expiresAt: ["Must be a string"] }],
    ])("400 for %j", async (json, fieldErrors) => {
      await expectInvalid(await create(json), fieldErrors, "Invalid request body");
    });

    test.each([
      [{ name: "  ", permissions: ["events:read"] }, { name: ["Must be 1 to 200 characters"] }],
      [{ name: "A", permissions: ["admin"] }, { permissions: [`"admin" is not one of: ${ALL.join(", ")}`] }],
      [
        { name: "A", permissions: ["Events:Read"] },
        { permissions: [`"Events:Read" is not one of: ${ALL.join(", ")}`] },
      ],
      [{ name: "A", permissions: ["toString"] }, { permissions: [`"toString" is not one of: ${ALL.join(", ")}`] }],
      [{ name: "A", permissions: ["events:read"], expiresAt: "soon" }, { expiresAt: [NO_TIME] }],
      [{ name: "A", permissions: ["events:read"], expiresAt: "2099-02-30" }, { expiresAt: [NO_TIME] }],
      [{ name: "A", permissions: ["events:read"], expiresAt: "2020-01-01" }, { expiresAt: ["Must be in the future"] }],
    ])("400 for %j, too", async (json, fieldErrors) => {
      await expectInvalid(await create(json), fieldErrors, "Invalid input");
    });

    test.each(["web-999999", "999999", "pm-nobody-1", "nowhere", "ak_nothing"])(
      "404 for the website %s, which there is not",
      async (name) => {
        const response = await create({ name: "A", permissions: ["events:read"], sites: ["web-1", name] });
        await expectError(response, 404, "NOT_FOUND", `Website "${name}" not found`);
      },
    );

    test("403 for a key that would give what it lacks", async () => {
      const manager = await createKey(server(), { permissions: ["keys:manage", "events:read"] });
      await expectStatus(await create({ name: "A", permissions: ["tracking:list", "keys:manage"] }, manager), 201);
      for (const permission of ["events:write", "events:delete", "sites:manage"]) {
        const response = await create({ name: "A", permissions: ["events:read", permission] }, manager);
        const message = `The API key lacks the permission ${permission} and cannot give it`;
        await expectError(response, 403, "FORBIDDEN", message);
      }
    });

    test("403 for a key that is bound to some websites, also for one of them", async () => {
      const site = await createSite(server());
      const bound = await createKey(server(), { permissions: ALL, sites: [site.id] });
      for (const sites of [undefined, [site.id]]) {
        const response = await create({ name: "A", permissions: ["events:read"], sites }, bound);
        await expectError(response, 403, "FORBIDDEN", BOUND);
      }
    });

    test("a key works at once, for what it may do and where", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const reader = await createKey(server(), { permissions: ["events:read"], sites: [site.id] });
      const writer = await createKey(server(), { permissions: ["events:write"] });
      await createEvent(server(), pageView(site), writer);
      await createEvent(server(), pageView(other), writer);
      await expectStatus(await list(server(), site, {}, reader), 200);
      await expectStatus(await list(server(), other, {}, reader), 404);
      await expectStatus(await list(server(), site, {}, writer), 403);
      await expectStatus(await post(server(), pageView(site), reader), 403);
    });

    test("a key is not admin, whatever it asks for", async () => {
      const json = { name: "A", permissions: ["events:read"], admin: true, id: "aaaaaaaa", secretHash: "x" };
      const { key, id } = (await expectStatus(await create(json), 201)) as KeyBody;
      expect(id).not.toBe("aaaaaaaa");
      expect((await server().request("/api/v1/keys", { json, key })).status).toBe(403);
    });
  });

  test("a key ends at its time, to the millisecond", async () => {
    const clock = createTestClock(Date.UTC(2026, 5, 15, 12));
    await using server = await startApp({ overrides: { clock } });
    const expiresAt = "2026-06-15T13:00:00.000Z";
    const key = await createKey(server, { permissions: ["events:read"], expiresAt });
    clock.set(Date.parse(expiresAt) - 1);
    expect((await server.request("/api/v1/websites", { key })).status).toBe(200);
    clock.set(Date.parse(expiresAt));
    await expectError(await server.request("/api/v1/websites", { key }), 401, "UNAUTHORIZED", UNKNOWN_KEY);
    const late = await server.request("/api/v1/keys", { json: { name: "A", permissions: ["events:read"], expiresAt } });
    await expectInvalid(late, { expiresAt: ["Must be in the future"] }, "Invalid input");
  });

  test("the database holds no secret", async () => {
    await using folder = await createFolder();
    const database = `${folder.path}/footfall.db`;
    const server = await startApp({ database });
    const key = await createKey(server, { permissions: ALL });
    expect((await server.request("/api/v1/websites", { key })).status).toBe(200);
    await server.stop();
    const bytes = await Bun.file(database).text();
    expect(bytes).toContain(key.slice(3, 11));
    expect(bytes).not.toContain(key.slice(12));
    expect(bytes).not.toContain(server.adminKey);
  });
});

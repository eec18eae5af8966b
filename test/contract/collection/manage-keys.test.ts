import { describe, expect, test } from "bun:test";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp } from "../../support/server.ts";
import { createFolder } from "../../support/store.ts";
import { createKey, createSite, expectError, expectInvalid, expectStatus, ISO_TIME } from "./fixture.ts";

const SECRET = /^ff_([0-9A-Za-z]{8})_[0-9A-Za-z]{32}$/;
const UNKNOWN_KEY = "The API key is unknown, expired or revoked";
const BOUND = "The API key is bound to some websites; this needs one for all websites";
const STRONGER = "The other API key has more rights than this one, which can therefore not change it";
const NO_KEY = "API key not found";
const READER = { permissions: ["events:read"] };

interface KeyBody {
  readonly id: string;
  readonly key: string;
  readonly lastUsedAt: string | null;
  readonly previousValidUntil: string | null;
  readonly [field: string]: unknown;
}

const idOf = (key: string): string => SECRET.exec(key)?.[1] ?? "";

describe("/api/v1/keys", () => {
  onEveryTarget((server) => {
    const works = async (key: string) => (await server().request("/api/v1/websites", { key })).status === 200;
    const listKeys = async (key?: string) => {
      const response = await server().request("/api/v1/keys", key === undefined ? {} : { key });
      return (await expectStatus(response, 200)) as { keys: KeyBody[]; total: number };
    };
    const find = async (id: string) => (await listKeys()).keys.find((key) => key.id === id);
    const rotate = (id: string, options: object = {}) =>
      server().request(`/api/v1/keys/${id}/rotate`, { method: "POST", ...options });
    const revoke = (id: string, options: object = {}) =>
      server().request(`/api/v1/keys/${id}`, { method: "DELETE", ...options });

    describe("POST with a limit", () => {
      const create = (json: object, key?: string) =>
        server().request("/api/v1/keys", { json: { name: "A", ...READER, ...json }, ...(key ? { key } : {}) });

      test.each([
        [{}, { tier: "free", requestsPerMinute: 60 }],
        [
          { tier: null, requestsPerMinute: null },
          { tier: "free", requestsPerMinute: 60 },
        ],
        [{ tier: "pro" }, { tier: "pro", requestsPerMinute: 600 }],
        [{ tier: "unlimited" }, { tier: "unlimited", requestsPerMinute: null }],
        [{ requestsPerMinute: 5 }, { tier: "free", requestsPerMinute: 5 }],
        [
          { tier: "pro", requestsPerMinute: 1_000_000 },
          { tier: "pro", requestsPerMinute: 1_000_000 },
        ],
      ])("%j makes a key of %j", async (said, limits) => {
        const { id } = (await expectStatus(await create(said), 201)) as KeyBody;
        expect(await find(id)).toMatchObject(limits);
      });

      test.each([
        [{ tier: "gold" }, { tier: ["Must be one of: free, pro, unlimited"] }],
        [{ tier: "Free" }, { tier: ["Must be one of: free, pro, unlimited"] }],
        [{ tier: 5 }, { tier: ["Must be one of: free, pro, unlimited"] }],
        [{ requestsPerMinute: 0 }, { requestsPerMinute: ["Must be at least 1"] }],
        [{ requestsPerMinute: 1_000_001 }, { requestsPerMinute: ["Must be at most 1000000"] }],
        [{ requestsPerMinute: 1.5 }, { requestsPerMinute: ["Must be a whole number from 1 to 1000000"] }],
        [{ requestsPerMinute: "60" }, { requestsPerMinute: ["Must be a whole number from 1 to 1000000"] }],
      ])("%j is 400", async (said, fieldErrors) => {
        await expectInvalid(await create(said), fieldErrors, "Invalid request body");
      });

      test("above that of the key that makes it is 403", async () => {
        const giver = await createKey(server(), { permissions: ["keys:manage", "events:read"], tier: "pro" });
        for (const said of [{}, { tier: "pro" }, { requestsPerMinute: 600 }]) {
          await expectStatus(await create(said, giver), 201);
        }
        const message = "The API key may make 600 requests a minute and cannot give more";
        for (const said of [{ tier: "unlimited" }, { requestsPerMinute: 601 }]) {
          await expectError(await create(said, giver), 403, "FORBIDDEN", message);
        }
      });
    });

    describe("GET", () => {
      test("lists all keys with all that may be seen of them", async () => {
        const site = await createSite(server());
        const wish = {
          permissions: ["events:read", "events:write"],
          sites: [site.id],
          tier: "pro",
          expiresAt: "2099-01-01T00:00:00Z",
        };
        const key = await createKey(server(), wish);
        expect(await find(idOf(key))).toEqual({
          id: idOf(key),
          name: "A key",
          admin: false,
          permissions: wish.permissions,
          sites: [site.id],
          tier: "pro",
          requestsPerMinute: 600,
          createdAt: expect.stringMatching(ISO_TIME),
          expiresAt: "2099-01-01T00:00:00.000Z",
          revokedAt: null,
          lastUsedAt: null,
          previousValidUntil: null,
        } as never);
        const { keys, total } = await listKeys();
        expect(total).toBe(keys.length);
      });

      test("tells no secret, nor the hash of one", async () => {
        const key = await createKey(server(), READER);
        const { key: rotated } = (await expectStatus(await rotate(idOf(key)), 200)) as KeyBody;
        const text = await (await server().request("/api/v1/keys")).text();
        for (const secret of [key, rotated]) {
          expect(text).not.toContain(secret.slice(12));
          expect(text).not.toContain(new Bun.CryptoHasher("sha256").update(secret).digest("hex"));
        }
      });

      test("tells when a key was used last", async () => {
        const key = await createKey(server(), READER);
        const before = Date.now();
        await works(key);
        const used = Date.parse((await find(idOf(key)))?.lastUsedAt ?? "");
        expect(used).toBeGreaterThanOrEqual(before);
        expect(used).toBeLessThanOrEqual(Date.now());
      });

      test("answers 403 for a key that is bound to some websites", async () => {
        const site = await createSite(server());
        const bound = await createKey(server(), { permissions: ["keys:manage"], sites: [site.id] });
        await expectError(await server().request("/api/v1/keys", { key: bound }), 403, "FORBIDDEN", BOUND);
      });
    });

    describe("POST /:id/rotate", () => {
      test("gives a new secret once; id and rights stay, the old secret is valid for a day", async () => {
        const key = await createKey(server(), { ...READER, expiresAt: "2099-01-01" });
        const before = (await find(idOf(key))) as KeyBody;
        const now = Date.now();
        const rotated = (await expectStatus(await rotate(idOf(key)), 200)) as KeyBody;
        const { revokedAt: _revoked, lastUsedAt: _used, ...facts } = before;
        expect(rotated as unknown).toEqual({
          ...facts,
          key: expect.stringMatching(SECRET),
          previousValidUntil: expect.stringMatching(ISO_TIME),
        });
        expect(rotated.key).not.toBe(key);
        expect(Math.abs(Date.parse(rotated.previousValidUntil ?? "") - now - 86_400_000)).toBeLessThan(60_000);
        expect(await find(idOf(key))).toMatchObject({ previousValidUntil: rotated.previousValidUntil as never });
        expect([await works(key), await works(rotated.key)]).toEqual([true, true]);
      });

      test("ends the secret that an earlier rotation left valid", async () => {
        const first = await createKey(server(), READER);
        const { key: second } = (await expectStatus(await rotate(idOf(first)), 200)) as KeyBody;
        const { key: third } = (await expectStatus(await rotate(idOf(first)), 200)) as KeyBody;
        expect([await works(first), await works(second), await works(third)]).toEqual([false, true, true]);
      });

      test("with no overlap ends the old secret at once", async () => {
        const key = await createKey(server(), READER);
        const rotated = (await expectStatus(await rotate(idOf(key), { json: { overlap: "0s" } }), 200)) as KeyBody;
        expect(rotated.previousValidUntil).toBeNull();
        expect([await works(key), await works(rotated.key)]).toEqual([false, true]);
      });

      test.each([
        { json: {} },
        { json: { overlap: null } },
        { json: { overlap: "30d" } },
        { json: { overlap: "90s" } },
      ])("takes %j", async (options) => {
        const key = await createKey(server(), READER);
        await expectStatus(await rotate(idOf(key), options), 200);
      });

      test.each([
        ["31d", "Must be at most 30d"],
        ["1 day", "Must be a number and a unit: 0s, 30m, 24h or 7d"],
        ["-1h", "Must be a number and a unit: 0s, 30m, 24h or 7d"],
        ["", "Must be a number and a unit: 0s, 30m, 24h or 7d"],
      ])("answers 400 for an overlap of %j, and changes nothing", async (overlap, message) => {
        const key = await createKey(server(), READER);
        await expectInvalid(await rotate(idOf(key), { json: { overlap } }), { overlap: [message] }, "Invalid input");
        expect(await works(key)).toBe(true);
      });

      test("answers 400 for a body that is none", async () => {
        const id = idOf(await createKey(server(), READER));
        expect((await rotate(id, { body: "{" })).status).toBe(400);
        await expectInvalid(
          await rotate(id, { json: { overlap: 5 } }),
          { overlap: ["Must be a string"] },
          "Invalid request body",
        );
      });

      test("answers 409 for a key that is revoked", async () => {
        const id = idOf(await createKey(server(), READER));
        await expectStatus(await revoke(id), 200);
        const message = "The API key is expired or revoked: make a new one";
        await expectError(await rotate(id), 409, "CONFLICT", message);
      });

      test("of one key at the same moment leaves the last two secrets", async () => {
        const key = await createKey(server(), READER);
        const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(idOf(key))));
        const secrets = await Promise.all(answers.map(async (one) => ((await expectStatus(one, 200)) as KeyBody).key));
        const valid = [];
        for (const secret of [key, ...secrets]) if (await works(secret)) valid.push(secret);
        expect(new Set(secrets).size).toBe(8);
        expect(valid).toHaveLength(2);
        expect(valid).not.toContain(key);
      });
    });

    describe("DELETE /:id", () => {
      test("ends a key with all of its secrets, for good", async () => {
        const key = await createKey(server(), READER);
        const { key: rotated } = (await expectStatus(await rotate(idOf(key)), 200)) as KeyBody;
        const revocation = (await expectStatus(await revoke(idOf(key)), 200)) as { revokedAt: string };
        expect(revocation as unknown).toEqual({ id: idOf(key), revokedAt: expect.stringMatching(ISO_TIME) });
        for (const secret of [key, rotated]) {
          const refused = await server().request("/api/v1/websites", { key: secret });
          await expectError(refused, 401, "UNAUTHORIZED", UNKNOWN_KEY);
        }
        expect(await find(idOf(key))).toMatchObject({ revokedAt: revocation.revokedAt as never });
      });

      test("a second time answers the same", async () => {
        const id = idOf(await createKey(server(), READER));
        const first = await expectStatus(await revoke(id), 200);
        expect(await expectStatus(await revoke(id), 200)).toEqual(first);
      });

      test("a key may end itself", async () => {
        const key = await createKey(server(), { permissions: ["keys:manage"], tier: "free" });
        await expectStatus(await revoke(idOf(key), { key }), 200);
        expect((await revoke(idOf(key), { key })).status).toBe(401);
      });
    });

    describe.each([
      ["rotate", rotate],
      ["revoke", revoke],
    ])("to %s", (_, change) => {
      test.each(["nobody00", "x", "environment", `ff_abcdefgh_${"x".repeat(32)}`, "%00", "' OR 1=1"])(
        "%j is 404",
        async (id) => {
          await expectError(await change(encodeURIComponent(id)), 404, "NOT_FOUND", NO_KEY);
        },
      );

      test("is 403 where the other key has more", async () => {
        const manager = await createKey(server(), {
          permissions: ["keys:manage", "events:read"],
          tier: "pro",
          expiresAt: "2099-01-01T00:00:00Z",
        });
        const lasting = { expiresAt: "2098-01-01", tier: "free" };
        const admin = (await listKeys()).keys.find((one) => one.admin);
        const stronger = [
          await createKey(server(), { ...lasting, permissions: ["events:read", "events:delete"] }),
          await createKey(server(), { ...lasting, ...READER, tier: "unlimited" }),
          await createKey(server(), { ...lasting, ...READER, requestsPerMinute: 601 }),
          await createKey(server(), { tier: "free", ...READER }),
          await createKey(server(), { ...lasting, ...READER, expiresAt: "2099-01-02" }),
        ].map(idOf);
        if (admin) stronger.push(admin.id);
        for (const id of stronger) await expectError(await change(id, { key: manager }), 403, "FORBIDDEN", STRONGER);
        const weaker = await createKey(server(), { ...lasting, ...READER });
        expect((await change(idOf(weaker), { key: manager })).status).toBe(200);
        expect((await change(idOf(await createKey(server(), { ...READER })))).status).toBe(200);
      });

      test("is 403 for a key that is bound to some websites, also for itself", async () => {
        const site = await createSite(server());
        const bound = await createKey(server(), { permissions: ["keys:manage"], sites: [site.id] });
        await expectError(await change(idOf(bound), { key: bound }), 403, "FORBIDDEN", BOUND);
      });
    });
  });
});

describe("an old secret", () => {
  test("is valid for the overlap, to the millisecond, and no longer than its key", async () => {
    const clock = createTestClock(Date.UTC(2026, 5, 15, 12));
    await using server = await startApp({ overrides: { clock } });
    const works = async (key: string) => (await server.request("/api/v1/websites", { key })).status === 200;
    const rotate = async (key: string) => {
      const response = await server.request(`/api/v1/keys/${idOf(key)}/rotate`, { json: { overlap: "1h" } });
      return ((await expectStatus(response, 200)) as KeyBody).key;
    };
    const lasting = await createKey(server, READER);
    const short = await createKey(server, { ...READER, expiresAt: "2026-06-15T12:30:00Z" });
    const [renewed, renewedShort] = [await rotate(lasting), await rotate(short)];
    clock.set(Date.UTC(2026, 5, 15, 12, 30));
    expect([await works(short), await works(renewedShort)]).toEqual([false, false]);
    clock.set(Date.UTC(2026, 5, 15, 13) - 1);
    expect([await works(lasting), await works(renewed)]).toEqual([true, true]);
    clock.advance(1);
    expect([await works(lasting), await works(renewed)]).toEqual([false, true]);
    await expectError(
      await server.request(`/api/v1/keys/${idOf(short)}/rotate`, { method: "POST" }),
      409,
      "CONFLICT",
      "The API key is expired or revoked: make a new one",
    );
  });
});

describe("when a key was used last", () => {
  test("is there after a restart", async () => {
    await using folder = await createFolder();
    const database = `${folder.path}/footfall.db`;
    const clock = createTestClock(Date.UTC(2026, 5, 15, 12));
    const first = await startApp({ database, overrides: { clock } });
    const [used, unused] = [await createKey(first, READER), await createKey(first, READER)];
    await first.request("/api/v1/websites", { key: used });
    clock.advance(5_000);
    await first.request("/api/v1/websites", { key: used });
    await first.stop();
    await using second = await startApp({ database });
    const { keys } = (await expectStatus(await second.request("/api/v1/keys"), 200)) as { keys: KeyBody[] };
    const lastUsed = (key: string) => keys.find(({ id }) => id === idOf(key))?.lastUsedAt ?? null;
    expect(lastUsed(used)).toBe("2026-06-15T12:00:05.000Z");
    expect(lastUsed(unused)).toBeNull();
  });

  test("is not written for a key that was refused", async () => {
    await using server = await startApp();
    const key = await createKey(server, READER);
    await server.request("/api/v1/websites", { key: `${key.slice(0, -1)}!` });
    const { keys } = (await expectStatus(await server.request("/api/v1/keys"), 200)) as { keys: KeyBody[] };
    expect(keys.find(({ id }) => id === idOf(key))?.lastUsedAt).toBeNull();
  });
});

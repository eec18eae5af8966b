import { describe, expect, test } from "bun:test";
import { AppError } from "../../../src/domain/errors.ts";
import type { NewSite, SiteReference } from "../../../src/domain/site.ts";
import { createTestClock, eventually } from "../../support/clock.ts";
import { NOON, rejection, type TestDatabase } from "../../support/store.ts";
import { newKey, newSite, SEEN_WITHIN_MS } from "./site.ts";

export function sitesAndKeysContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("sites", () => {
    test("are numbered from 1 and found by each of their names", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const first = await sites.addSite(newSite());
      const second = await sites.addSite(
        newSite({
          domain: null,
          description: "d",
          trackingCode: "pm-2-2",
          siteKey: "ak_2",
          scope: "two",
          publicRead: true,
        }),
      );
      expect(first).toEqual({ ...newSite(), id: 1 });
      expect(await sites.listSites()).toEqual([first, second]);
      const references: SiteReference[] = [
        { by: "id", id: 2 },
        { by: "trackingCode", text: "pm-2-2" },
        { by: "siteKey", text: "ak_2" },
        { by: "scope", text: "two" },
      ];
      for (const reference of references) expect(await sites.findSite(reference)).toEqual(second);
      expect(await sites.findSite({ by: "scope", text: "Two" })).toBeNull();
      expect(await sites.findSite({ by: "domain", text: "example.com" })).toEqual(first);
      expect(await sites.findSite({ by: "domain", text: "www.example.com" })).toBeNull();
    });

    test.each([
      ["domain", { scope: "other", trackingCode: "pm-2-2", siteKey: "ak_2" }],
      ["scope", { domain: "other.com", trackingCode: "pm-2-2", siteKey: "ak_2" }],
      ["tracking code", { domain: "other.com", scope: "other", siteKey: "ak_2" }],
      ["site key", { domain: "other.com", scope: "other", trackingCode: "pm-2-2" }],
    ])("with a %s that is taken are a conflict, and change nothing", async (_, said) => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const first = await sites.addSite(newSite());
      expect(await sites.addSite(newSite(said)).catch((error) => error)).toMatchObject({ code: "conflict" });
      expect(await sites.listSites()).toEqual([first]);
    });

    test("without a domain do not conflict; the names of a removed site are free again", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const add = (n: number, said: Partial<NewSite>) =>
        sites.addSite(newSite({ trackingCode: `pm-${n}-0`, siteKey: `ak_${n}`, ...said }));
      await add(1, { domain: null, scope: "a" });
      await add(2, { domain: null, scope: "b" });
      const { id } = await add(3, {});
      await database.sql.execute({ sql: "UPDATE sites SET deleted_at = 1 WHERE id = ?", args: [id] });
      const again = await add(4, {});
      expect(again.id).toBeGreaterThan(id);
      expect((await sites.listSites()).map((site) => site.scope)).toEqual(["a", "b", "example-com"]);
      expect(await sites.findSite({ by: "scope", text: "example-com" })).toEqual(again);
      await eventually(
        "the removed site is forgotten",
        SEEN_WITHIN_MS,
        async () => (await sites.findSite({ by: "id", id })) === null,
      );
    });

    test("are recalled once they were found, and their absence for a second", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const { sites } = await database.open({ clock });
      const reference: SiteReference = { by: "scope", text: "example-com" };
      expect(sites.recallSite(reference)).toBeUndefined();
      expect(await sites.findSite(reference)).toBeNull();
      expect(sites.recallSite(reference)).toBeNull();
      clock.advance(1_000);
      expect(sites.recallSite(reference)).toBeUndefined();
      expect(await sites.findSite(reference)).toBeNull();
      const added = await sites.addSite(newSite());
      expect(await sites.findSite(reference)).toEqual(added);
      await eventually("the site is recalled", SEEN_WITHIN_MS, async () => {
        await sites.findSite(reference);
        return sites.recallSite(reference);
      });
      expect(sites.recallSite(reference)).toEqual(added);
    });

    test("added by another store are seen within a second, although their absence was recalled", async () => {
      await using database = await createDatabase();
      const [here, there] = [await database.open(), await database.open({ role: "command" })];
      const reference: SiteReference = { by: "scope", text: "example-com" };
      expect(await here.sites.findSite(reference)).toBeNull();
      const added = await there.sites.addSite(newSite());
      const seen = await eventually("the site is seen", SEEN_WITHIN_MS, () => here.sites.findSite(reference));
      expect(seen).toEqual(added);
    });

    test("that another store made at the same moment are found at once after the conflict", async () => {
      await using database = await createDatabase();
      const [here, there] = [await database.open(), await database.open({ role: "command" })];
      const reference: SiteReference = { by: "scope", text: "example-com" };
      expect(await here.sites.findSite(reference)).toBeNull();
      const added = await there.sites.addSite(newSite());
      expect(await rejection(here.sites.addSite(newSite()))).toMatchObject({ code: "conflict" });
      expect(await here.sites.findSite(reference)).toEqual(added);
    });
  });

  describe("keys", () => {
    test("are stored as they are, listed by age, and found by id", async () => {
      await using database = await createDatabase();
      const { keys } = await database.open();
      const young = newKey({ id: "young000", createdAt: NOON + 1, siteIds: null, admin: true, permissions: [] });
      const old = newKey({ id: "old00000", siteIds: [], expiresAt: NOON + 9, name: 'n"ä😀' });
      await keys.addKey(young);
      await keys.addKey(old);
      expect(await keys.listKeys()).toEqual([old, young].map((key) => ({ ...key, lastUsedAt: null })));
      expect(await keys.findKey("young000")).toEqual(young);
      expect(await keys.findKey("none0000")).toBeNull();
    });

    test("are revoked once", async () => {
      await using database = await createDatabase();
      const { keys } = await database.open();
      await keys.addKey(newKey());
      expect((await keys.findKey("abcdefgh"))?.revokedAt).toBeNull();
      expect(await keys.revokeKey("abcdefgh", NOON + 5)).toBe(true);
      expect(await keys.findKey("abcdefgh")).toEqual(newKey({ revokedAt: NOON + 5 }));
      expect(await keys.revokeKey("abcdefgh", NOON + 6)).toBe(false);
      expect(await keys.revokeKey("none0000", NOON)).toBe(false);
      expect((await keys.listKeys())[0]?.revokedAt).toBe(NOON + 5);
    });

    test("of one id are a conflict, and the error does not quote the key", async () => {
      await using database = await createDatabase();
      const { keys } = await database.open();
      await keys.addKey(newKey());
      // The name looks like another failure: what the caller sends must not decide what an error is.
      const second = newKey({ name: "SQLITE_FULL database is locked", secretHash: "f".repeat(64) });
      const error: unknown = await keys.addKey(second).catch((reason) => reason);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: "conflict" });
      expect(Bun.inspect(error)).not.toContain(second.secretHash);
      expect(await keys.listKeys()).toEqual([{ ...newKey(), lastUsedAt: null }]);
    });

    test("are rotated: the hash before is kept while it is valid, and only that", async () => {
      await using database = await createDatabase();
      const { keys } = await database.open();
      await keys.addKey(newKey());
      const hash = (digit: number) => String(digit).repeat(64);
      const stored = async () => {
        const { secretHash, previousHash, previousUntil } = (await keys.findKey("abcdefgh")) ?? newKey();
        return [secretHash, previousHash, previousUntil];
      };
      expect(await stored()).toEqual([hash(0), null, null]);
      expect(await keys.rotateKey("abcdefgh", hash(1), NOON + 5)).toBe(true);
      expect(await stored()).toEqual([hash(1), hash(0), NOON + 5]);
      expect(await keys.rotateKey("abcdefgh", hash(2), NOON + 6)).toBe(true);
      expect(await stored()).toEqual([hash(2), hash(1), NOON + 6]);
      expect(await keys.rotateKey("abcdefgh", hash(3), null)).toBe(true);
      expect(await stored()).toEqual([hash(3), null, null]);
      expect(await keys.rotateKey("none0000", hash(0), null)).toBe(false);
      await keys.revokeKey("abcdefgh", NOON);
      expect(await keys.rotateKey("abcdefgh", hash(0), null)).toBe(false);
    });

    test("that were used are listed so at once, and by others once it is written, at the latest at the end", async () => {
      await using database = await createDatabase();
      const [here, there] = [await database.open(), await database.open({ role: "command" })];
      await here.keys.addKey(newKey());
      await here.keys.addKey(newKey({ id: "unused00", createdAt: NOON + 1 }));
      const lastUses = async (store: typeof here) => (await store.keys.listKeys()).map((key) => key.lastUsedAt);
      here.keys.noteUse("abcdefgh", NOON + 1);
      here.keys.noteUse("abcdefgh", NOON + 2);
      expect(await lastUses(here)).toEqual([NOON + 2, null]);
      expect(await lastUses(there)).toEqual([null, null]);
      await here.close();
      expect(await lastUses(there)).toEqual([NOON + 2, null]);
      // Another instance that is late.
      there.keys.noteUse("abcdefgh", NOON + 1);
      await there.close();
      const after = await database.open({ role: "command" });
      expect(await lastUses(after)).toEqual([NOON + 2, null]);
    });

    test("are not forgotten because one was used", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const version = async () =>
        (await database.sql.execute("SELECT value FROM kv WHERE key = 'config_version'")).rows[0]?.value;
      await store.keys.addKey(newKey());
      const before = await version();
      store.keys.noteUse("abcdefgh", NOON);
      await store.close();
      const { rows } = await database.sql.execute("SELECT last_used_at FROM key_uses");
      expect(rows[0]?.last_used_at).toBe(NOON);
      expect(await version()).toBe(before as never);
    });

    test("revoked by another store are seen to be within a second", async () => {
      await using database = await createDatabase();
      const [here, there] = [await database.open(), await database.open({ role: "command" })];
      await here.keys.addKey(newKey());
      expect((await here.keys.findKey("abcdefgh"))?.revokedAt).toBeNull();
      await there.keys.revokeKey("abcdefgh", NOON);
      await eventually(
        "the revocation is seen",
        SEEN_WITHIN_MS,
        async () => (await here.keys.findKey("abcdefgh"))?.revokedAt === NOON,
      );
    });
  });

  describe("ping", () => {
    test("says that all is well while the database answers", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      expect(await store.ping()).toBe("ready");
    });
  });
}

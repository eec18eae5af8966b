import { describe, expect, test } from "bun:test";
import { createTestClock } from "../../support/clock.ts";
import { appendAll, NOON, newEvent, rejection, type TestDatabase } from "../../support/store.ts";

export function auditContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("the audit list", () => {
    test("is newest first, by the store's clock, filtered, and page by page", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const { audit } = await database.open({ clock });
      await audit.record({ action: "key.create", by: "a", subject: "k1" });
      clock.advance(1_000);
      await audit.record({ action: "key.revoke", by: "b", subject: "k1" });
      clock.advance(1_000);
      await audit.record({ action: "visitor.export", by: "a", siteId: 7 });
      const whole = await audit.list({ limit: 10 });
      expect(whole).toEqual([
        { id: 3, at: NOON + 2_000, action: "visitor.export", by: "a", siteId: 7, subject: null, events: null },
        { id: 2, at: NOON + 1_000, action: "key.revoke", by: "b", siteId: null, subject: "k1", events: null },
        { id: 1, at: NOON, action: "key.create", by: "a", siteId: null, subject: "k1", events: null },
      ]);
      const ids = async (query: object) => (await audit.list({ limit: 10, ...query })).map(({ id }) => id);
      expect(await ids({ by: "a" })).toEqual([3, 1]);
      expect(await ids({ action: "key.create" })).toEqual([1]);
      expect(await ids({ siteId: 7 })).toEqual([3]);
      expect(await ids({ from: NOON + 1_000 })).toEqual([3, 2]);
      expect(await ids({ to: NOON + 1_000 })).toEqual([2, 1]);
      expect(await ids({ before: 3, limit: 1 })).toEqual([2]);
    });

    test("has what deletions, restorations and purges did, in their own transactions", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const ids = await appendAll(
        store,
        [1, 2, 3, 4].map(() => newEvent()),
      );
      const request = { siteId: 1, filter: null, reason: "secret", nowMs: NOON, purgeAt: NOON } as const;
      await store.deletions.mark({ ...request, kind: "events", by: "a" }, ids.slice(0, 3), 10);
      await store.deletions.restoreEvent({ id: ids[0] as number, by: "b", nowMs: NOON + 1 });
      await store.purges.purgeSome({ nowMs: NOON + 2, steps: [], by: "server" });
      await store.deletions.erase({ ...request, kind: "visitor", by: "c" }, ids.slice(3));
      const entries = (await store.audit.list({ limit: 10 })).map(({ action, by, siteId, subject, events }) => [
        action,
        by,
        siteId,
        subject,
        events,
      ]);
      expect(entries).toEqual([
        ["visitor.erase", "c", 1, "2", 1],
        ["events.purge", "server", 1, "1", 2],
        ["events.restore", "b", 1, "1", 1],
        ["events.delete", "a", 1, "1", 3],
      ]);
    });

    test("cannot be rewritten", async () => {
      await using database = await createDatabase();
      const { audit } = await database.open();
      await audit.record({ action: "key.create", by: "a", subject: "k1" });
      const error = await rejection(database.sql.execute("UPDATE audit SET actor = 'b'"));
      expect(error.message).toContain("append-only");
      expect(await audit.list({ limit: 10 })).toMatchObject([{ by: "a" }]);
    });
  });

  describe("records whose time is over", () => {
    test("are removed: audit entries and ended deletions by their age, key-value entries by their own end", async () => {
      await using database = await createDatabase();
      const clock = createTestClock();
      const store = await database.open({ clock });
      const { purges, audit, kv, deletions } = store;
      const ids = await appendAll(
        store,
        [1, 2, 3].map(() => newEvent()),
      );
      const request = { siteId: 1, kind: "event", filter: null, reason: null, by: "a", purgeAt: NOON } as const;
      for (const [n, id] of ids.entries()) await deletions.mark({ ...request, nowMs: NOON + n }, [id], 10);
      await deletions.restore({ id: 1, by: "a", nowMs: NOON + 10 });
      await deletions.restore({ id: 2, by: "a", nowMs: NOON + 20 });
      await kv.set("short", "1", NOON + 15);
      await kv.set("long", "1", NOON + 16);
      await kv.set("for ever", "1");
      await database.sql.execute({
        sql: `INSERT INTO kv (key, value, expires_at) SELECT 'many:' || value, '1', ? FROM json_each(?)`,
        args: [NOON + 1, JSON.stringify(Array.from({ length: 1_200 }, (_, n) => n))],
      });
      while (await purges.expireSome({ records: NOON + 15, entries: NOON + 15 }));
      expect((await audit.list({ limit: 10 })).map(({ at }) => at - NOON)).toEqual([20]);
      expect((await deletions.list({ siteIds: null, limit: 10 })).map(({ id }) => id)).toEqual([3, 2]);
      const { rows } = await database.sql.execute(
        "SELECT key FROM kv WHERE key NOT LIKE 'node:%' AND key <> 'config_version' ORDER BY key",
      );
      expect(rows.map(({ key }) => key)).toEqual(["for ever", "long"]);
    });
  });
}

import { and, eq, isNull, sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { StoredApiKey } from "../domain/api-key.ts";
import type { NewSite, Site } from "../domain/site.ts";
import { apiKeys, kv, sites } from "./schema.ts";

/**
 * Every write of this process that is no append, by name. They run in the writer's Worker, one
 * between two batches, so each is short.
 */
export const commands = {
  async addSite(db: Database, site: NewSite): Promise<Site> {
    const [row] = await db.insert(sites).values(site).returning();
    if (row === undefined) throw new Error("INSERT INTO sites returned no row");
    const { deletedAt: _deletedAt, purgeAt: _purgeAt, ...stored } = row;
    return stored;
  },

  async addKey(db: Database, key: StoredApiKey): Promise<void> {
    await db.insert(apiKeys).values({ ...key, permissions: [...key.permissions] });
  },

  async revokeKey(db: Database, args: { id: string; atMs: number }): Promise<boolean> {
    const revoked = await db
      .update(apiKeys)
      .set({ revokedAt: args.atMs })
      .where(and(eq(apiKeys.id, args.id), isNull(apiKeys.revokedAt)));
    return revoked.rowsAffected > 0;
  },

  async kvSet(db: Database, args: { key: string; value: string; expiresAtMs: number | null }): Promise<void> {
    const row = { value: args.value, expiresAt: args.expiresAtMs };
    await db
      .insert(kv)
      .values({ key: args.key, ...row })
      .onConflictDoUpdate({ target: kv.key, set: row });
  },

  async kvDelete(db: Database, args: { key: string }): Promise<void> {
    await db.delete(kv).where(eq(kv.key, args.key));
  },

  /** One statement: two processes that ask at once cannot both get it. */
  async kvTakeLease(db: Database, args: Lease): Promise<boolean> {
    const row = { value: args.holder, expiresAt: args.expiresAtMs };
    const taken = await db
      .insert(kv)
      .values({ key: args.key, ...row })
      .onConflictDoUpdate({
        target: kv.key,
        set: row,
        setWhere: sql`${kv.value} = ${args.holder} OR ${kv.expiresAt} <= ${args.nowMs}`,
      });
    return taken.rowsAffected > 0;
  },

  /** Gives a lease back, unless another holder has it by now. */
  async kvReleaseLease(db: Database, args: { key: string; holder: string }): Promise<void> {
    await db.delete(kv).where(and(eq(kv.key, args.key), eq(kv.value, args.holder)));
  },

  /**
   * Removes for good all that came in, at once and without a way back, and says how many events that
   * were: for test servers. Sites, keys and facts stay.
   */
  async clear(db: Database): Promise<number> {
    const tables = await db.all<{ name: string }>(
      sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('sites', 'api_keys', 'kv', 'schema_migrations') AND name NOT LIKE 'sqlite%'`,
    );
    return db.transaction(async (transaction) => {
      const row = await transaction.get<{ n: number }>(sql`SELECT count(*) AS n FROM events`);
      for (const { name } of tables) await transaction.run(sql`DELETE FROM ${sql.identifier(name)}`);
      return row?.n ?? 0;
    });
  },

  async largestEventId(db: Database): Promise<number> {
    const row = await db.get<{ id: number | null }>(sql`SELECT max(id) AS id FROM events`);
    return row?.id ?? 0;
  },
};

export type Database = LibSQLDatabase;
export type Commands = typeof commands;
export type CommandName = keyof Commands;

export interface Lease {
  readonly key: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

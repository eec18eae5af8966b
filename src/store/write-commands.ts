import type { Client } from "@libsql/client";
import { and, eq, gt, isNull, sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { StoredApiKey } from "../domain/api-key.ts";
import type { AuditRecord } from "../domain/audit.ts";
import type { ReclassifiedEvent } from "../domain/ports.ts";
import type { NewSite, Site, SiteChanges } from "../domain/site.ts";
import { deletionCommands } from "./deletion-commands.ts";
import { purgeCommands } from "./purge-commands.ts";
import { refundSale } from "./refund-command.ts";
import { rejectionCommands } from "./rejection-commands.ts";
import { restoreCommands } from "./restore-commands.ts";
import { apiKeys, audit, kv, sites } from "./schema.ts";
import { workCommands } from "./work-commands.ts";

/**
 * Every write of this process that is no append, by name. They run in the writer's Worker, one
 * between two batches, so each is short.
 */
export const commands = {
  ...deletionCommands,
  ...restoreCommands,
  ...workCommands,
  ...purgeCommands,
  ...rejectionCommands,

  async recordAudit(db: Database, entry: AuditRecord & { at: number }): Promise<void> {
    await db.insert(audit).values(entry);
  },

  async addSite(db: Database, site: NewSite): Promise<Site> {
    const [row] = await db.insert(sites).values(site).returning();
    if (row === undefined) throw new Error("INSERT INTO sites returned no row");
    return toSite(row);
  },

  async updateSite(db: Database, args: { id: number; changes: SiteChanges }): Promise<Site | null> {
    const isLive = and(eq(sites.id, args.id), isNull(sites.deletedAt));
    const [row] = await db.update(sites).set(args.changes).where(isLive).returning();
    return row ? toSite(row) : null;
  },

  async deleteSite(db: Database, args: { id: number; deletedAt: number; purgeAt: number }): Promise<boolean> {
    const { id, ...mark } = args;
    const deleted = await db
      .update(sites)
      .set(mark)
      .where(and(eq(sites.id, id), isNull(sites.deletedAt)));
    return deleted.rowsAffected > 0;
  },

  async restoreSite(db: Database, args: { id: number; nowMs: number }): Promise<Site | null> {
    const [row] = await db
      .update(sites)
      .set({ deletedAt: null, purgeAt: null })
      .where(and(eq(sites.id, args.id), gt(sites.purgeAt, args.nowMs)))
      .returning();
    return row ? toSite(row) : null;
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

  async rotateKey(
    db: Database,
    args: { id: string; secretHash: string; previousUntil: number | null },
  ): Promise<boolean> {
    const { id, secretHash, previousUntil } = args;
    const rotated = await db
      .update(apiKeys)
      .set({ secretHash, previousHash: previousUntil === null ? null : sql`${apiKeys.secretHash}`, previousUntil })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
    return rotated.rowsAffected > 0;
  },

  /** A clock that was set back, or another instance that is late, moves no key's last use back. */
  async noteKeyUses(db: Database, uses: readonly (readonly [keyId: string, atMs: number])[]): Promise<void> {
    await db.run(sql`INSERT INTO key_uses (key_id, last_used_at)
      SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(uses)}) WHERE true
      ON CONFLICT DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at)`);
  },

  /** Of an event that is no bot's any more the User-Agent goes, too. */
  async reclassify(db: Database, args: { siteId: number; events: readonly ReclassifiedEvent[] }): Promise<void> {
    const rows = args.events.map(({ id, botName, botCompany, aiSource, forgetUserAgent }) => {
      return [id, botName, botCompany, aiSource, forgetUserAgent ? 1 : 0];
    });
    await db.run(sql`UPDATE events SET bot_name = today.value ->> 1, bot_company = today.value ->> 2,
ai_source = today.value ->> 3,
data = CASE WHEN today.value ->> 4 THEN nullif(json_remove(data, '$.userAgent'), '{}') ELSE data END
FROM json_each(${JSON.stringify(rows)}) AS today
WHERE events.id = today.value ->> 0 AND events.site_id = ${args.siteId}`);
  },

  async kvSet(db: Database, args: { key: string; value: string; expiresAtMs: number | null }): Promise<void> {
    const row = { value: args.value, expiresAt: args.expiresAtMs };
    await db
      .insert(kv)
      .values({ key: args.key, ...row })
      .onConflictDoUpdate({ target: kv.key, set: row });
  },

  /** The first of two processes that set it at once wins; both are told the value that is there. */
  async kvSetIfAbsent(db: Database, args: { key: string; value: string; nowMs: number }): Promise<string> {
    const row = { value: args.value, expiresAt: null };
    await db
      .insert(kv)
      .values({ key: args.key, ...row })
      .onConflictDoUpdate({ target: kv.key, set: row, setWhere: sql`${kv.expiresAt} <= ${args.nowMs}` });
    const [stored] = await db.select({ value: kv.value }).from(kv).where(eq(kv.key, args.key));
    if (stored === undefined) throw new Error("A value was deleted while it was set");
    return stored.value;
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
      sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('sites', 'api_keys', 'key_uses', 'kv', 'schema_migrations') AND name NOT LIKE 'sqlite%'`,
    );
    return db.transaction(async (transaction) => {
      const row = await transaction.get<{ n: number }>(sql`SELECT count(*) AS n FROM events`);
      // First: their triggers write into the others.
      for (const name of ["events", "deletions"]) await transaction.run(sql`DELETE FROM ${sql.identifier(name)}`);
      for (const { name } of tables) await transaction.run(sql`DELETE FROM ${sql.identifier(name)}`);
      // No record is left by which a replica that lags, or another process, would be told of it.
      await transaction.run(
        sql`INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1`,
      );
      return row?.n ?? 0;
    });
  },

  /** Moves what is left of the log into the database file; see `checkpointer.ts`. */
  async finishCheckpoint({ $client }: Database): Promise<void> {
    await $client.execute("PRAGMA wal_checkpoint(PASSIVE)");
  },

  async largestEventId(db: Database): Promise<number> {
    const row = await db.get<{ id: number | null }>(sql`SELECT max(id) AS id FROM events`);
    return row?.id ?? 0;
  },

  refundSale,
};

function toSite({ deletedAt: _deletedAt, purgeAt: _purgeAt, ...site }: typeof sites.$inferSelect): Site {
  return site;
}

export type Database = LibSQLDatabase & { readonly $client: Client };
export type Commands = typeof commands;
export type CommandName = keyof Commands;

export interface Lease {
  readonly key: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

import type { Client } from "@libsql/client";
import tables from "../../drizzle/0000_tables.sql" with { type: "text" };
import counters from "../../drizzle/0001_counters.sql" with { type: "text" };
import siteSettings from "../../drizzle/0002_site_settings.sql" with { type: "text" };
import keyUses from "../../drizzle/0003_key_uses.sql" with { type: "text" };
import siteEventsIndex from "../../drizzle/0004_site_events_index.sql" with { type: "text" };
import deletions from "../../drizzle/0005_deletions.sql" with { type: "text" };
import deletionCounters from "../../drizzle/0006_deletion_counters.sql" with { type: "text" };
import attribution from "../../drizzle/0007_attribution.sql" with { type: "text" };
import attributionCounters from "../../drizzle/0008_attribution_counters.sql" with { type: "text" };
import rejections from "../../drizzle/0009_rejections.sql" with { type: "text" };
import shorthand from "../../drizzle/0010_shorthand.sql" with { type: "text" };

/** One generated file of `drizzle/`, inside the binary. A test compares the list with the journal. */
export interface Migration {
  readonly tag: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { tag: "0000_tables", sql: tables },
  { tag: "0001_counters", sql: counters },
  { tag: "0002_site_settings", sql: siteSettings },
  { tag: "0003_key_uses", sql: keyUses },
  { tag: "0004_site_events_index", sql: siteEventsIndex },
  { tag: "0005_deletions", sql: deletions },
  { tag: "0006_deletion_counters", sql: deletionCounters },
  { tag: "0007_attribution", sql: attribution },
  { tag: "0008_attribution_counters", sql: attributionCounters },
  { tag: "0009_rejections", sql: rejections },
  { tag: "0010_shorthand", sql: shorthand },
];

/** The database was written by a newer release than this one. */
export class SchemaTooNewError extends Error {
  constructor(tag: string) {
    super(
      `The database has the schema change "${tag}", which this release does not know: it was opened by a newer one.`,
    );
    this.name = "SchemaTooNewError";
  }
}

const CREATE_LEDGER =
  "CREATE TABLE IF NOT EXISTS schema_migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL) WITHOUT ROWID";

/** The tags in the database, oldest first; empty for a new database. */
export async function appliedMigrations(client: Client): Promise<readonly string[]> {
  const ledger = await client.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'");
  if (ledger.rows.length === 0) return [];
  const { rows } = await client.execute("SELECT tag FROM schema_migrations ORDER BY tag");
  return rows.map((row) => String(row.tag));
}

/**
 * What is left to apply.
 *
 * @throws {@link SchemaTooNewError} when the database is ahead of this release.
 */
export async function pendingMigrations(
  client: Client,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly Migration[]> {
  const applied = new Set(await appliedMigrations(client));
  const known = new Set(migrations.map((migration) => migration.tag));
  for (const tag of applied) if (!known.has(tag)) throw new SchemaTooNewError(tag);
  return migrations.filter((migration) => !applied.has(migration.tag));
}

/**
 * Applies what is pending, each migration in a transaction of its own together with its ledger row.
 *
 * Two processes may do this at once: the one that comes second fails on the ledger's primary key or
 * on a table that exists, sees that the migration is there, and goes on.
 */
export async function migrate(
  client: Client,
  nowMs: number,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly string[]> {
  await client.execute(CREATE_LEDGER);
  const pending = await pendingMigrations(client, migrations);
  for (const migration of pending) {
    const statements = migration.sql.split("--> statement-breakpoint").map((statement) => statement.trim());
    try {
      await client.batch(
        [
          { sql: "INSERT INTO schema_migrations (tag, applied_at) VALUES (?, ?)", args: [migration.tag, nowMs] },
          ...statements.filter((statement) => statement !== ""),
        ],
        "write",
      );
    } catch (error) {
      const applied = await appliedMigrations(client);
      if (!applied.includes(migration.tag)) throw error;
    }
  }
  return pending.map((migration) => migration.tag);
}

import { statSync } from "node:fs";
import { type AsyncDatabase, openAsync, readCell, readColumn } from "./async-database.ts";
import { MIGRATIONS } from "./migrations.ts";
import { DatabaseUnusableError, explain } from "./prepare-file.ts";

/** How many faults are listed: a damaged file can have millions. */
const MAX_FAULTS = 10;

export interface DatabaseFacts {
  readonly events: number;
  /** Of these, soft-deleted ones that wait for their purge. */
  readonly deletedEvents: number;
  readonly sites: number;
  readonly keys: number;
  /** The last schema change; null for a file that is no database of ours. */
  readonly schema: string | null;
  /** Schema changes of this release that it does not have yet. */
  readonly pendingMigrations: readonly string[];
  readonly bytes: number;
  /** Of these, what `compact` would give back. */
  readonly freeBytes: number;
  readonly journalMode: string;
  readonly givesSpaceBack: boolean;
}

export interface Inspection {
  readonly facts: DatabaseFacts;
  /** What is wrong with it, in sentences; empty for a sound one. */
  readonly faults: readonly string[];
}

/**
 * Looks a database file through: every page, every index, and whether the counters tell the truth.
 * Reads only, and off the main thread; what is stored meanwhile is not seen.
 *
 * @throws what libSQL throws for a file that is no database.
 */
export async function inspectDatabase(path: string): Promise<Inspection> {
  const database = openAsync(path);
  try {
    await database.exec("PRAGMA query_only = 1");
    // One snapshot for all that follows.
    await database.exec("BEGIN");
    const integrity = await readColumn(database, `PRAGMA integrity_check(${MAX_FAULTS})`);
    const faults = integrity.filter((line) => line !== "ok").map((line) => `The file is damaged: ${line}`);
    const applied = (await hasTable(database, "schema_migrations"))
      ? await readColumn(database, "SELECT tag FROM schema_migrations ORDER BY tag")
      : [];
    const schema = String(applied.at(-1) ?? "") || null;
    if (schema === null) faults.push("It is no database of Footfall");
    const known = MIGRATIONS.map(({ tag }) => tag);
    const unknown = applied.filter((tag) => !known.includes(String(tag)));
    if (unknown.length > 0) faults.push(`It was written by a newer release (schema ${unknown.join(", ")})`);
    if (await hasTable(database, "event_totals")) faults.push(...(await findWrongTotals(database)));
    const pageBytes = Number(await readCell(database, "PRAGMA page_size"));
    const facts = {
      events: await count(database, "events"),
      deletedEvents: await count(database, "events", "WHERE deleted_at IS NOT NULL"),
      sites: await count(database, "sites"),
      keys: await count(database, "api_keys"),
      schema,
      pendingMigrations: known.filter((tag) => !applied.includes(tag)),
      bytes: statSync(path).size,
      freeBytes: Number(await readCell(database, "PRAGMA freelist_count")) * pageBytes,
      journalMode: String(await readCell(database, "PRAGMA journal_mode")),
      givesSpaceBack: (await readCell(database, "PRAGMA auto_vacuum")) === 2,
    };
    return { facts, faults };
  } finally {
    // Closing alone leaves the snapshot until the statements are collected.
    await database.exec("ROLLBACK").catch(() => {});
    database.close();
  }
}

/**
 * The facts of a database that nothing is wrong with.
 *
 * @param name what to call it: `The backup b.db`.
 * @throws `DatabaseUnusableError`
 */
export async function inspectSound(path: string, name: string): Promise<DatabaseFacts> {
  const { facts, faults } = await inspectDatabase(path).catch((error) => {
    throw explain(path, error);
  });
  if (faults.length > 0) throw new DatabaseUnusableError(`${name} is not sound: ${faults.join("; ")}.`);
  return facts;
}

/** Sites whose counters, which totals come from, differ from what is there. */
const WRONG_TOTALS = `WITH counted AS
  (SELECT site_id, is_test, sum(n) AS n FROM event_totals GROUP BY site_id, is_test HAVING sum(n) <> 0),
present AS (SELECT site_id, is_test, count(*) AS n FROM events WHERE deleted_at IS NULL GROUP BY site_id, is_test)
SELECT DISTINCT site_id FROM
  (SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM present)
  UNION ALL SELECT * FROM (SELECT * FROM present EXCEPT SELECT * FROM counted)) LIMIT ${MAX_FAULTS}`;

async function findWrongTotals(database: AsyncDatabase): Promise<readonly string[]> {
  const sites = await readColumn(database, WRONG_TOTALS);
  return sites.map((site) => `The counters of site ${site} differ from its events`);
}

async function hasTable(database: AsyncDatabase, name: string): Promise<boolean> {
  return (await readColumn(database, "SELECT 1 FROM sqlite_schema WHERE name = ?", [name])).length > 0;
}

async function count(database: AsyncDatabase, table: string, where = ""): Promise<number> {
  return (await hasTable(database, table))
    ? Number(await readCell(database, `SELECT count(*) FROM ${table} ${where}`))
    : 0;
}

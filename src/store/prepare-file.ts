import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Client, ResultSet } from "@libsql/client";
import type { Logger } from "../lib/log.ts";
import { BUSY_TIMEOUT_MS, type Durability, openClient } from "./database.ts";
import {
  appliedMigrations,
  MIGRATIONS,
  type Migration,
  migrate,
  pendingMigrations,
  SchemaTooNewError,
} from "./migrations.ts";
import { classifyFailure } from "./write-failure.ts";

const BUSY_PAUSE_MS = 20;

/** A file up to this size is looked through before it is used; that takes a fraction of a second. */
const CHECKED_AT_ONCE_BYTES = 64 * 1024 * 1024;

/** The database cannot be opened; the message names the file and says what to do. */
export class DatabaseUnusableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DatabaseUnusableError";
  }
}

export interface PrepareOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly nowMs: number;
  readonly log: Logger;
  readonly migrations?: readonly Migration[];
}

/** Makes the folder of a database file. */
export function makeFolder(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new DatabaseUnusableError(`The folder ${folder} cannot be created: ${reasonOf(error)}.`, error);
  }
  if (existsSync(path) && statSync(path).isDirectory()) {
    throw new DatabaseUnusableError(`The database ${path} is a folder; name a file in FOOTFALL_DATABASE_URL.`);
  }
}

/**
 * Brings a database file into shape: settings that belong to the file, and the schema of this
 * release. A file that holds data is copied beside itself before its schema changes.
 */
export async function prepareFile(options: PrepareOptions): Promise<void> {
  const { path, durability, nowMs, log, migrations = MIGRATIONS } = options;
  let client: Client | undefined;
  try {
    // SQLite opens a file that it cannot write, and says so only at the first event.
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
    client = openClient({ kind: "file", path }, { role: "writer", durability });
    // Before anything is written: a file that this release cannot use stays as it is.
    const pending = await pendingMigrations(client, migrations);
    const last = (await appliedMigrations(client)).at(-1);
    if (last === undefined) await refuseForeignTables(client, path);
    if (statSync(path).size <= CHECKED_AT_ONCE_BYTES) await refuseDamaged(client, path);
    await setFilePragmas(client, path);
    if (pending.length > 0 && last !== undefined) await copyBefore(client, { path, last, nowMs, log });
    for (const tag of await migrate(client, nowMs, migrations)) log.info({ migration: tag }, "schema change applied");
    if (!(await givesSpaceBack(client))) {
      log.warn(
        { path },
        "the database cannot give freed space back: it was not made by Footfall, or was copied by another program",
      );
    }
  } catch (error) {
    throw explain(path, error);
  } finally {
    client?.close();
  }
}

/** Somebody else's database is not to be filled with our tables. */
async function refuseForeignTables(client: Client, path: string): Promise<void> {
  const { rows } = await client.execute("SELECT name FROM sqlite_schema WHERE name <> 'schema_migrations' LIMIT 1");
  // Another process may be making the tables at this very moment: then there is a ledger by now.
  if (rows.length === 0 || (await appliedMigrations(client)).length > 0) return;
  throw new DatabaseUnusableError(
    `The file ${path} is the database of another program (it has "${rows[0]?.name}"). Name another file in FOOTFALL_DATABASE_URL.`,
  );
}

/** A page of garbage may go unnoticed for long: events would be stored into a file that cannot be read. */
async function refuseDamaged(client: Client, path: string): Promise<void> {
  const { rows } = await client.execute("PRAGMA quick_check(1)");
  const found = rows[0]?.[0];
  if (found !== "ok") throw damaged(path, found);
}

const damaged = (path: string, cause: unknown): DatabaseUnusableError =>
  new DatabaseUnusableError(
    `The file ${path} is not a readable database (it is damaged, encrypted, or something else). Move it away, or restore a backup.`,
    cause,
  );

async function setFilePragmas(client: Client, path: string): Promise<void> {
  // It only takes effect on an empty file, and before WAL; on any other it would be an idle write.
  if (!(await givesSpaceBack(client))) await client.execute("PRAGMA auto_vacuum = INCREMENTAL");
  const { rows } = await switchToLog(client);
  if (rows[0]?.journal_mode !== "wal") {
    throw new DatabaseUnusableError(
      `The database ${path} cannot use a write-ahead log here: its disk lacks shared memory or locks. Use a local disk.`,
    );
  }
}

const INCREMENTAL = 2;

async function givesSpaceBack(client: Client): Promise<boolean> {
  return (await client.execute("PRAGMA auto_vacuum")).rows[0]?.auto_vacuum === INCREMENTAL;
}

/** SQLite does not wait for a lock here, although two processes may open a new file at the same time. */
async function switchToLog(client: Client): Promise<ResultSet> {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return await client.execute("PRAGMA journal_mode = WAL");
    } catch (error) {
      if (classifyFailure(error).failure !== "busy" || performance.now() > until) throw error;
      await Bun.sleep(BUSY_PAUSE_MS);
    }
  }
}

/**
 * `footfall.db` → `footfall.db.schema-0001_counters-….bak`, made by SQLite, so that it is consistent.
 *
 * It gets its name when it is complete and on disk: what is called `.bak` can be relied on.
 */
async function copyBefore(
  client: Client,
  args: { path: string; last: string; nowMs: number; log: Logger },
): Promise<void> {
  const stamp = new Date(args.nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const copy = `${args.path}.schema-${args.last}-${stamp}.bak`;
  const unfinished = `${copy}.${process.pid}.unfinished`;
  try {
    await client.execute({ sql: "VACUUM INTO ?", args: [unfinished] });
    const file = await open(unfinished, "r+");
    await file.sync().finally(() => file.close());
    await rename(unfinished, copy);
  } finally {
    await rm(unfinished, { force: true });
  }
  args.log.info({ copy }, "the database was copied before its schema changes");
}

/** The lock file's errors: nothing else is known about the database yet. */
export function explainLock(path: string, error: unknown): Error {
  return new DatabaseUnusableError(
    `The database ${path} cannot be locked: ${reasonOf(error)}. Check the permissions of its folder.`,
    error,
  );
}

/** libSQL's errors, as a person who wants to start a server needs them. */
export function explain(path: string, error: unknown): Error {
  if (error instanceof DatabaseUnusableError) return error;
  if (error instanceof SchemaTooNewError) {
    return new DatabaseUnusableError(`${error.message} Start the newer release with ${path}, or restore a backup.`);
  }
  const text = reasonOf(error);
  if (/SQLITE_NOTADB|SQLITE_CORRUPT|not a database|malformed/i.test(text)) {
    return damaged(path, error);
  }
  if (/SQLITE_READONLY|SQLITE_CANTOPEN|readonly|unable to open|EACCES|EROFS|ConnectionFailed/i.test(text)) {
    return new DatabaseUnusableError(
      `The database ${path} cannot be written: check the permissions of the file and its folder.`,
      error,
    );
  }
  if (/SQLITE_FULL|ENOSPC/i.test(text)) {
    return new DatabaseUnusableError(`The disk of ${path} is full.`, error);
  }
  if (/SQLITE_BUSY|SQLITE_LOCKED/i.test(text)) {
    return new DatabaseUnusableError(`The database ${path} is being written by another program; stop it first.`, error);
  }
  return new DatabaseUnusableError(`The database ${path} cannot be opened: ${text}.`, error);
}

/** What an error says, with its code where it has one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { code?: string };
  return code && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
}

import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Client } from "@libsql/client";
import type { Logger } from "../lib/log.ts";
import { type Durability, openClient } from "./database.ts";
import {
  appliedMigrations,
  MIGRATIONS,
  type Migration,
  migrate,
  pendingMigrations,
  SchemaTooNewError,
} from "./migrations.ts";

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
    client = openClient({ kind: "file", path }, "writer", durability);
    await setFilePragmas(client, path);
    const pending = await pendingMigrations(client, migrations);
    const applied = await appliedMigrations(client);
    if (pending.length > 0 && applied.length > 0) await copyBefore(client, path, applied.at(-1) as string, log);
    for (const tag of await migrate(client, nowMs, migrations)) log.info({ migration: tag }, "schema change applied");
  } catch (error) {
    throw explain(path, error);
  } finally {
    client?.close();
  }
}

async function setFilePragmas(client: Client, path: string): Promise<void> {
  // auto_vacuum only takes effect on an empty file, and before WAL.
  await client.execute("PRAGMA auto_vacuum = INCREMENTAL");
  const { rows } = await client.execute("PRAGMA journal_mode = WAL");
  if (rows[0]?.journal_mode !== "wal") {
    throw new DatabaseUnusableError(
      `The database ${path} cannot use a write-ahead log here: its disk lacks shared memory or locks. Use a local disk.`,
    );
  }
}

/** `footfall.db` → `footfall.db.before-0002-….bak`, made by SQLite, so that it is consistent. */
async function copyBefore(client: Client, path: string, lastTag: string, log: Logger): Promise<void> {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const copy = `${path}.schema-${lastTag}-${stamp}.bak`;
  await client.execute({ sql: "VACUUM INTO ?", args: [copy] });
  log.info({ copy }, "the database was copied before its schema changes");
}

/** libSQL's errors, as a person who wants to start a server needs them. */
function explain(path: string, error: unknown): Error {
  if (error instanceof DatabaseUnusableError) return error;
  if (error instanceof SchemaTooNewError) {
    return new DatabaseUnusableError(`${error.message} Start the newer release with ${path}, or restore a backup.`);
  }
  const text = reasonOf(error);
  if (/SQLITE_NOTADB|SQLITE_CORRUPT|not a database|malformed/i.test(text)) {
    return new DatabaseUnusableError(
      `The file ${path} is not a readable database (it is damaged, encrypted, or something else). Move it away, or restore a backup.`,
      error,
    );
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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { code?: string };
  return code && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
}

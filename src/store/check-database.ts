import { existsSync, statSync } from "node:fs";
import { type DatabaseLocation, openClient } from "./database.ts";
import { measureDisk, RESERVED_BYTES } from "./disk-space.ts";
import { holdDatabase } from "./file-lock.ts";
import { type DatabaseFacts, inspectDatabase } from "./inspect-database.ts";
import { appliedMigrations, MIGRATIONS } from "./migrations.ts";
import { DatabaseUnusableError, explain } from "./prepare-file.ts";
import { explainServer } from "./prepare-server.ts";

export interface DatabaseCheck {
  /** What is known of the file; null for a database on a server. */
  readonly file: (DatabaseFacts & { readonly logBytes: number; readonly diskFreeBytes: number }) | null;
  readonly schema: string | null;
  /** What is wrong, in sentences. */
  readonly problems: readonly string[];
  /** What may go wrong. */
  readonly warnings: readonly string[];
}

/**
 * Looks a database through without changing it, also beside a server.
 *
 * @throws `DatabaseUnusableError` for one that cannot be opened at all.
 */
export function checkDatabase(location: DatabaseLocation): Promise<DatabaseCheck> {
  return location.kind === "file" ? checkFile(location.path) : checkServer(location);
}

async function checkFile(path: string): Promise<DatabaseCheck> {
  if (!existsSync(path)) throw new DatabaseUnusableError(`There is no database ${path}; "footfall serve" makes it.`);
  try {
    using _ = holdDatabase(path);
    const { facts, faults } = await inspectDatabase(path);
    const { free } = await measureDisk(path);
    const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const problems = [...faults];
    if (free < RESERVED_BYTES) problems.push("The disk is nearly full: a server refuses to store events");
    return {
      file: { ...facts, logBytes, diskFreeBytes: free },
      schema: facts.schema,
      problems,
      warnings: warningsAbout(facts, free),
    };
  } catch (error) {
    throw error instanceof Error && error.name === "DatabaseInUseError" ? error : explain(path, error);
  }
}

function warningsAbout(facts: DatabaseFacts, free: number): readonly string[] {
  const warnings: string[] = [];
  if (facts.pendingMigrations.length > 0) {
    warnings.push(
      `The schema is that of an older release; the next start changes it (${facts.pendingMigrations.join(", ")})`,
    );
  }
  if (facts.journalMode !== "wal") warnings.push("The next start switches to a write-ahead log");
  if (!facts.givesSpaceBack) warnings.push("Freed space is not given back to the disk: another program made the file");
  if (free < facts.bytes) warnings.push("The disk has not enough space for a backup or compact beside the database");
  return warnings;
}

async function checkServer(location: Extract<DatabaseLocation, { kind: "remote" }>): Promise<DatabaseCheck> {
  const client = openClient(location, { role: "reader", durability: "full" });
  try {
    const applied = await appliedMigrations(client);
    const known = MIGRATIONS.map(({ tag }) => tag);
    const unknown = applied.filter((tag) => !known.includes(tag));
    const pending = known.filter((tag) => !applied.includes(tag));
    return {
      file: null,
      schema: applied.at(-1) ?? null,
      problems: unknown.map((tag) => `It was written by a newer release (schema ${tag})`),
      warnings: pending.length > 0 ? [`The next start changes the schema (${pending.join(", ")})`] : [],
    };
  } catch (error) {
    throw explainServer(location.url, error);
  } finally {
    client.close();
  }
}

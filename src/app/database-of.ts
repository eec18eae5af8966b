import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { randomLetters } from "../lib/base62.ts";
import type { DatabaseLocation } from "../store/database.ts";

/** The database of the settings; for one in memory, a file of its own for this run, gone after `cleanup`. */
export function databaseOf(config: Config, cleanup: AsyncDisposableStack): DatabaseLocation {
  if (!config.isEphemeral) return config.database;
  const folder = mkdtempSync(join(tmpdir(), "footfall-"));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  return { kind: "file", path: join(folder, "footfall.db") };
}

/** The one server of a file takes over its own leases after a crash; several may work on a libSQL server. */
export function leaseHolderOf(config: Config): string {
  return config.isEphemeral || config.database.kind === "file" ? "server" : `server ${randomLetters(8)}`;
}

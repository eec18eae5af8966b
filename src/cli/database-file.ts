import { type DatabaseConfig, parseDatabaseConfig } from "../config/config.ts";
import { hideCredentials } from "../config/config-error.ts";
import type { Environment } from "../config/settings.ts";
import { CommandError } from "./failure.ts";

/**
 * The file that the settings name, for commands that work on files.
 *
 * @param instead what to use for a database on a server, as a sentence.
 * @throws CommandError for a database on a server.
 */
export function databaseFile(environment: Environment, command: string, instead: string): string {
  const { database } = parseDatabaseConfig(environment);
  if (database.kind === "file") return database.path;
  throw new CommandError(
    `${command} works on a database file, and FOOTFALL_DATABASE_URL names a server (${addressOf(database)}). ${instead}`,
  );
}

const addressOf = (database: Extract<DatabaseConfig["database"], { kind: "remote" }>): string =>
  hideCredentials(database.url);

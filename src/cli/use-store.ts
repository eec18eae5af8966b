import { type DatabaseConfig, parseDatabaseConfig } from "../config/config.ts";
import { hideCredentials } from "../config/config-error.ts";
import type { Environment } from "../config/settings.ts";
import type { Store } from "../domain/ports.ts";
import { systemClock } from "../lib/clock.ts";
import { createLogger } from "../lib/log.ts";
import { CommandError, speaksForItself } from "./failure.ts";
import { type Flags, withFlags } from "./setting-flags.ts";

/** Opens the database that the settings name, does something with it, and closes it again. */
export type UseStore = <T>(flags: Flags, action: (store: Store, config: DatabaseConfig) => Promise<T>) => Promise<T>;

const READ_DEADLINE_MS = 10_000;

/** Works beside a running server, and without one. */
export function createUseStore(deps: { environment: Environment }): UseStore {
  return async (flags, action) => {
    const config = parseDatabaseConfig(withFlags(deps.environment, flags));
    await using store = await open(config);
    return await action(store, config);
  };
}

async function open(config: DatabaseConfig): Promise<Store> {
  // Loaded here: commands that need no database start faster without it.
  const { openStore } = await import("../store/open-store.ts");
  try {
    return await openStore({
      location: config.database,
      durability: config.durability,
      clock: systemClock,
      log: createLogger(config.logLevel),
      role: "command",
      readDeadlineMs: READ_DEADLINE_MS,
      // What is under way is rejected as well, and says so.
      onWriterDeath: () => {},
    });
  } catch (error) {
    throw explainRemote(config, error);
  }
}

/** Errors of the libSQL client do not say which server it was about. */
export function explainRemote(config: Pick<DatabaseConfig, "database">, error: unknown): unknown {
  if (config.database.kind === "file" || !(error instanceof Error) || speaksForItself(error)) return error;
  const url = hideCredentials(config.database.url);
  return new CommandError(
    `the database ${url} cannot be used: ${error.message}. Check FOOTFALL_DATABASE_URL and FOOTFALL_DATABASE_AUTH_TOKEN`,
    error,
  );
}

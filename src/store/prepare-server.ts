import type { Client } from "@libsql/client";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { openClient, type RemoteLocation } from "./database.ts";
import { type Migration, migrate, SchemaTooNewError } from "./migrations.ts";
import { DatabaseUnusableError, reasonOf } from "./prepare-file.ts";
import { isNoAnswer } from "./read-failure.ts";

/** How long a server waits at its start for the database's, which may just be starting itself. */
const START_PATIENCE_MS = 5_000;
const PAUSE_MS = 250;

export interface PrepareServerOptions {
  readonly location: RemoteLocation;
  /** A server waits for the database's for a moment; a command says at once that it is not there. */
  readonly role: "server" | "command";
  readonly clock: Clock;
  readonly log: Logger;
  /** {@link START_PATIENCE_MS} when it is not said. */
  readonly patienceMs?: number;
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the database of a libSQL server to the schema of this release. Any number of processes may do
 * so at once.
 *
 * @throws `DatabaseUnusableError` with a message for people.
 */
export async function prepareServer(options: PrepareServerOptions): Promise<void> {
  const { location, role, clock, log, patienceMs = START_PATIENCE_MS, migrations } = options;
  const client = openClient(location, { role: "writer", durability: "full" });
  try {
    if (role === "server") await waitForAnswer(client, patienceMs, log);
    await migrate(client, clock.now(), migrations);
  } catch (error) {
    throw explainServer(location.url, error);
  } finally {
    client.close();
  }
}

async function waitForAnswer(client: Client, patienceMs: number, log: Logger): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      await client.execute("SELECT 1");
      return;
    } catch (error) {
      if (!isNoAnswer(error) || performance.now() > until) throw error;
      if (isFirst) log.warn({ err: error, ms: patienceMs }, "the database server does not answer yet; waiting for it");
      await Bun.sleep(PAUSE_MS);
    }
  }
}

/** A libSQL server's errors, as a person who wants to start needs them. */
export function explainServer(url: string, error: unknown): Error {
  // Without its query, which may hold a token.
  const server = URL.canParse(url) ? new URL(url).host : url;
  const message = error instanceof SchemaTooNewError ? error.message : `${reasonOf(error)}.`;
  return new DatabaseUnusableError(`The database server ${server} cannot be used: ${message}`, error);
}

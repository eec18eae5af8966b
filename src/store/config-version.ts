import type { Client } from "@libsql/client";
import type { Logger } from "../lib/log.ts";

const POLL_EVERY_MS = 500;

/** A number that triggers raise at every change of a site or a key. */
export const SELECT_CONFIG_VERSION = "SELECT value FROM kv WHERE key = 'config_version'";

export async function readConfigVersion(client: Client): Promise<unknown> {
  return (await client.execute(SELECT_CONFIG_VERSION)).rows[0]?.value ?? null;
}

/**
 * Calls `onChange` when any process has changed a site or a key, or deletes events: a version is polled, so
 * that a revocation on the command line, or by another instance, reaches this one within a second.
 *
 * @param read the version; undefined while nobody can say.
 * @param onChange called again soon when it fails.
 */
export function watchConfigVersion(
  read: () => Promise<unknown>,
  log: Logger,
  onChange: () => Promise<void>,
): Disposable {
  let seen: unknown;
  let polling = false;
  let failing = false;
  let stopped = false;

  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    try {
      const version = await read();
      if (version === undefined) return;
      if (version !== seen) await onChange();
      seen = version;
      failing = false;
    } catch (error) {
      // Once, however long it lasts.
      if (!stopped && !failing) log.warn({ err: error }, "changes to sites, keys and deletions could not be looked up");
      failing = true;
    } finally {
      polling = false;
    }
  }

  const timer = setInterval(() => void poll(), POLL_EVERY_MS);
  timer.unref();
  return {
    [Symbol.dispose]() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

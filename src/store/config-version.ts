import type { Client } from "@libsql/client";
import type { Logger } from "../lib/log.ts";

const POLL_EVERY_MS = 500;

/**
 * Calls `onChange` when any process has changed a site or a key: triggers bump a version, which is
 * polled, so that a revocation on the command line reaches the server within a second.
 */
export function watchConfigVersion(client: Client, log: Logger, onChange: () => void): Disposable {
  let seen: unknown;
  let polling = false;
  let stopped = false;

  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    try {
      const { rows } = await client.execute("SELECT value FROM kv WHERE key = 'config_version'");
      const version = rows[0]?.value;
      if (version !== seen) onChange();
      seen = version;
    } catch (error) {
      if (!stopped) log.warn({ err: error }, "changes to sites and keys could not be looked up");
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

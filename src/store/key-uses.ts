import type { Logger } from "../lib/log.ts";
import type { StoreWriter } from "./event-writer.ts";

/** When keys were used, as far as it has not been written yet. */
export interface KeyUses extends AsyncDisposable {
  note(keyId: string, atMs: number): void;
  /** Undefined where all that is known is in the database. */
  latest(keyId: string): number | undefined;
}

const WRITE_EVERY_MS = 10_000;

/** In one statement. */
const MAX_WRITTEN_AT_ONCE = 1_000;

/**
 * Gathers the uses of keys and writes them every ten seconds, and at the end: a request must not cost a
 * write. What a crash takes with it are some seconds of "last used".
 */
export function createKeyUses(deps: { writer: StoreWriter; log: Logger; everyMs?: number }): KeyUses {
  const { writer, log, everyMs = WRITE_EVERY_MS } = deps;
  const pending = new Map<string, number>();

  async function write(): Promise<void> {
    const uses = [...pending];
    for (let start = 0; start < uses.length; start += MAX_WRITTEN_AT_ONCE) {
      const some = uses.slice(start, start + MAX_WRITTEN_AT_ONCE);
      await writer.run("noteKeyUses", some);
      // Unless it was used again meanwhile.
      for (const [keyId, atMs] of some) if (pending.get(keyId) === atMs) pending.delete(keyId);
    }
  }

  /** What could not be written is tried again with what comes next. */
  const tryToWrite = () =>
    write().catch((error: unknown) => log.debug({ err: error }, "when keys were used last could not be written"));

  const timer = setInterval(() => void tryToWrite(), everyMs);
  timer.unref();
  return {
    note: (keyId, atMs) => void pending.set(keyId, atMs),
    latest: (keyId) => pending.get(keyId),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await tryToWrite();
    },
  };
}

import type { PurgeStore } from "./deletion-ports.ts";
import type { KeyValueStore } from "./ports.ts";

/** Clears the database of what removed events have left, see `PurgeStore.reclaim`. It is remembered until it is done. */
export interface Reclaim {
  /** Something is about to be removed. */
  request(): Promise<void>;
  /** Does it where it was requested. */
  run(signal: AbortSignal): Promise<void>;
}

const KEY = "reclaim";

export function createReclaim(deps: { kv: KeyValueStore; purges: PurgeStore }): Reclaim {
  const { kv, purges } = deps;
  return {
    request: () => kv.set(KEY, crypto.randomUUID()),
    async run(signal) {
      const requested = await kv.get(KEY);
      if (requested === null) return;
      await purges.reclaim(signal);
      // One that came meanwhile may be about what was removed behind the place where it was looked.
      if (!signal.aborted && (await kv.get(KEY)) === requested) await kv.delete(KEY);
    },
  };
}

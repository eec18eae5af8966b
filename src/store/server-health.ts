import type { Logger } from "../lib/log.ts";

/** Whether a libSQL server answers, as far as this process knows: what it asks again and again, and each read, tell. */
export interface ServerHealth {
  /** Whether it gave no answer when it was last asked. */
  isAway(): boolean;
  /** For how long it has given none, in ms; 0 while it answers. */
  awayMs(): number;
  answered(): void;
  failed(error: unknown): void;
}

/** @param name what the server is called in the log: `primary` or `replica`. */
export function createServerHealth(name: string, log: Logger): ServerHealth {
  let since: number | undefined;
  // Real time, not the injected clock: it is about the network.
  const awayMs = () => (since === undefined ? 0 : performance.now() - since);
  return {
    isAway: () => since !== undefined,
    awayMs,
    answered() {
      if (since === undefined) return;
      log.info({ server: name, awayMs: Math.round(awayMs()) }, "the database server answers again");
      since = undefined;
    },
    failed(error) {
      if (since !== undefined) return;
      since = performance.now();
      log.warn({ server: name, err: error }, "the database server does not answer");
    },
  };
}

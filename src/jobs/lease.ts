import type { KeyValueStore } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";

const LEASE_MS = 15_000;
const RENEW_EVERY_MS = 5_000;

export interface Leases {
  /**
   * Does something that one process at a time may do.
   *
   * @param work is aborted by its signal when the outer one is, and when the lease was lost.
   * @returns undefined where another process holds the lease.
   */
  hold<T>(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined>;
}

/** @param holder names this process: two that may run at the same time have different names. */
export function createLeases(deps: { kv: KeyValueStore; clock: Clock; log: Logger; holder: string }): Leases {
  const { kv, clock, log, holder } = deps;

  function take(key: string): Promise<boolean> {
    const nowMs = clock.now();
    return kv.takeLease({ key, holder, nowMs, expiresAtMs: nowMs + LEASE_MS });
  }

  return {
    async hold(name, signal, work) {
      const key = `job:${name}`;
      if (!(await take(key))) return undefined;
      const lost = new AbortController();
      const timer = setInterval(() => {
        take(key)
          .then((isOurs) => {
            if (!isOurs) lost.abort();
          })
          .catch((error) => log.warn({ err: error, job: name }, "the lease of a job could not be renewed"));
      }, RENEW_EVERY_MS);
      timer.unref();
      try {
        return await work(AbortSignal.any([signal, lost.signal]));
      } finally {
        clearInterval(timer);
        // What cannot be given back runs out by itself.
        await kv.releaseLease({ key, holder }).catch(() => {});
      }
    },
  };
}

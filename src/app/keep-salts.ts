import { createDailySalts, type DailySalts } from "../domain/daily-salts.ts";
import type { KeyValueStore } from "../domain/ports.ts";
import type { RandomBytes } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";

/** How often it is looked whether the day's salts are there and old ones gone, in ms. */
const REFRESH_EVERY_MS = 60_000;

/** The salts of visitors' ids: there from now on, made anew each day. */
export async function keepSalts(deps: {
  kv: KeyValueStore;
  clock: Clock;
  random: RandomBytes;
  log: Logger;
}): Promise<Pick<DailySalts, "saltOf"> & Disposable> {
  const salts = createDailySalts(deps);
  await salts.refresh();
  const timer = setInterval(() => void salts.refresh(), REFRESH_EVERY_MS);
  return {
    saltOf: salts.saltOf,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

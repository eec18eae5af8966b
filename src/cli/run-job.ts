import { createRetention, type Retention } from "../domain/apply-retention.ts";
import { BY_COMMAND } from "../domain/audit.ts";
import { createCarryOut } from "../domain/carry-out.ts";
import { createEraseMatching } from "../domain/erase-matching.ts";
import type { Store } from "../domain/ports.ts";
import { createPurge, type Purge } from "../domain/purge.ts";
import { createReclaim } from "../domain/reclaim.ts";
import { createLeases } from "../jobs/lease.ts";
import { randomLetters } from "../lib/base62.ts";
import { systemClock, systemSteadyTime } from "../lib/clock.ts";
import { watchClockSteps } from "../lib/clock-steps.ts";
import { createLogger } from "../lib/log.ts";
import { pauseForOthers } from "../lib/pause.ts";
import { CommandError } from "./failure.ts";
import { listenForSignals } from "./signals.ts";

export interface RemovalJobs {
  readonly purge: Purge;
  readonly retention: Retention;
}

export interface RunOptions {
  /** Under which it is known to other processes. */
  readonly name: "purge" | "retention";
  /** Ends the process without waiting for what is being done. */
  readonly exitNow: (code: number) => void;
}

const TRY_AGAIN_MS = 200;

/** The jobs that remove events, over a store that this process has opened. */
export function createRemovalJobs(store: Store) {
  const log = createLogger("warn");
  const shared = { ...store, clock: systemClock, log, pause: pauseForOthers(store.isAlone), by: BY_COMMAND };
  const carryOut = createCarryOut(shared);
  const eraseMatching = createEraseMatching({ ...shared, carryOut });
  const clockSteps = watchClockSteps(systemClock, systemSteadyTime);
  const more = { ...shared, eraseMatching, clockSteps, reclaim: createReclaim(store) };
  const jobs: RemovalJobs = { purge: createPurge(more), retention: createRetention(more) };
  const leases = createLeases({ ...shared, holder: `command ${randomLetters(8)}` });

  /** Unless the server does, or another command. One that was killed keeps its lease for some seconds. */
  async function carryOutMeanwhile(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await leases.hold("deletions", signal, carryOut.runOn);
      if (!signal.aborted) await Bun.sleep(TRY_AGAIN_MS);
    }
  }

  return {
    jobs,
    /**
     * Runs one of them, as the server's schedule would: one process at a time.
     *
     * @throws where another process is at it, or somebody stops it.
     */
    async run<T>({ name, exitNow }: RunOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      using signals = listenForSignals(exitNow);
      const stopping = new AbortController();
      void signals.first.then(() => stopping.abort());
      const ended = new AbortController();
      // Sites and old events are removed by whoever carries out deletions: the server, or this process.
      const carryingOut = carryOutMeanwhile(AbortSignal.any([stopping.signal, ended.signal]));
      try {
        const done = await leases.hold(name, stopping.signal, async (signal) => ({ value: await work(signal) }));
        if (!done) throw new CommandError(`another process is at it: the ${name} runs once at a time`);
        if (stopping.signal.aborted) throw new CommandError("stopped; run the same command again to go on");
        return done.value;
      } finally {
        ended.abort();
        await carryingOut;
      }
    },
  };
}

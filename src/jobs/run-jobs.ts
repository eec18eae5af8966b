import type { KeyValueStore } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { Leases } from "./lease.ts";
import type { Job, JobName } from "./schedule.ts";

/** How often it is looked whether something is due, in ms. */
const LOOK_EVERY_MS = 1_000;

/** After a failure, and where another process is at it, in ms. */
const TRY_AGAIN_MS = 5_000;

const keyOf = (name: JobName): string => `job:${name}:last`;

/**
 * When the last run of a job began that went through, in ms since 1970; before the first one, when it was first looked
 * for. Null where nobody has looked yet.
 */
export async function lastRun(kv: KeyValueStore, name: JobName): Promise<number | null> {
  const last = await kv.get(keyOf(name));
  return last === null ? null : Number(last);
}

export interface RunningJobs extends AsyncDisposable {
  /** Runs a job now, whatever its schedule says; after the run that is under way, if there is one. */
  run(name: JobName): Promise<void>;
}

/**
 * Runs jobs when they are due, one instance of each among all processes. What was missed while no process ran is made
 * up once: the time of the last run is kept in the database.
 */
export function startJobs(deps: {
  jobs: readonly Job[];
  leases: Leases;
  kv: KeyValueStore;
  clock: Clock;
  log: Logger;
  onFailure?: (name: JobName) => void;
  /** Called at every look, before anything is run. */
  onLook: () => void;
  lookEveryMs?: number;
}): RunningJobs {
  const { jobs, leases, kv, clock, log, onFailure, onLook, lookEveryMs = LOOK_EVERY_MS } = deps;
  const stopping = new AbortController();
  const underWay = new Map<JobName, Promise<void>>();
  const dueAt = new Map<JobName, number>();

  /** When a job is due; a clock that was turned back must not delay it by as much. */
  async function whenDue(job: Job, nowMs: number): Promise<number> {
    if (job.nextRun === null) return nowMs;
    const last = await lastRun(kv, job.name);
    if (last !== null && last <= nowMs) return job.nextRun(last);
    await kv.set(keyOf(job.name), String(nowMs));
    return job.nextRun(nowMs);
  }

  function isWaiting(job: Job, nowMs: number): boolean {
    const known = dueAt.get(job.name);
    if (known === undefined || known <= nowMs) return false;
    // Known from a clock that has been turned back since: it is asked anew.
    return job.nextRun === null || job.nextRun(nowMs) >= known;
  }

  async function runIfDue(job: Job): Promise<void> {
    const nowMs = clock.now();
    if (isWaiting(job, nowMs)) return;
    const due = await whenDue(job, nowMs);
    dueAt.set(job.name, due);
    if (due > nowMs) return;
    dueAt.set(job.name, nowMs + TRY_AGAIN_MS);
    const isDone = await leases.hold(job.name, stopping.signal, async (signal) => {
      // Another process may have run it meanwhile.
      if ((await whenDue(job, nowMs)) <= nowMs) await runAndNote(job, signal, nowMs);
      return true;
    });
    if (isDone) dueAt.delete(job.name);
  }

  async function runAndNote(job: Job, signal: AbortSignal, nowMs: number): Promise<void> {
    await job.run(signal);
    // One that was stopped is due again at the next start.
    if (job.nextRun !== null && !signal.aborted) await kv.set(keyOf(job.name), String(nowMs));
  }

  function begin(name: JobName, work: () => Promise<void>): Promise<void> {
    const running = work().finally(() => underWay.delete(name));
    underWay.set(name, running);
    return running;
  }

  function look(): void {
    onLook();
    for (const job of jobs) {
      if (stopping.signal.aborted || underWay.has(job.name)) continue;
      begin(job.name, () => runIfDue(job)).catch((error) => {
        if (stopping.signal.aborted) return;
        onFailure?.(job.name);
        log.error({ err: error, job: job.name }, "a job failed; it is tried again");
      });
    }
  }

  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  look();

  return {
    async run(name) {
      const job = jobs.find((one) => one.name === name);
      if (!job || job.nextRun === null) throw new Error(`${name} is no job that can be run once`);
      while (underWay.has(name)) await underWay.get(name)?.catch(() => {});
      await begin(name, async () => {
        const nowMs = clock.now();
        await leases.hold(name, stopping.signal, (signal) => runAndNote(job, signal, nowMs));
      });
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopping.abort();
      await Promise.allSettled(underWay.values());
    },
  };
}

import type { Retention } from "../domain/apply-retention.ts";
import type { CarryOut } from "../domain/carry-out.ts";
import type { ExpireRecords } from "../domain/expire-records.ts";
import type { Purge } from "../domain/purge.ts";
import type { PurgeSchedule } from "../domain/purge-schedule.ts";
import type { Reclaim } from "../domain/reclaim.ts";
import { createCronTimes } from "../lib/cron.ts";

export const JOB_NAMES = ["deletions", "purge", "retention", "records", "reclaim"] as const;

export type JobName = (typeof JOB_NAMES)[number];

/** Something that the server does by itself. */
export interface Job {
  readonly name: JobName;
  /** The first time after one, in ms since 1970, at which it is due; null: it goes on until it is aborted. */
  readonly nextRun: ((afterMs: number) => number) | null;
  run(signal: AbortSignal): Promise<unknown>;
}

export interface JobDeps {
  readonly carryOut: CarryOut;
  readonly purge: Purge;
  readonly purgeSchedule: PurgeSchedule;
  readonly retention: Retention;
  readonly expireRecords: ExpireRecords;
  readonly reclaim: Reclaim;
}

/** The table of jobs. Times are in UTC. */
export function createSchedule(deps: JobDeps): readonly Job[] {
  const { carryOut, purge, purgeSchedule, retention, expireRecords, reclaim } = deps;
  return [
    { name: "deletions", nextRun: null, run: carryOut.runOn },
    { name: "purge", nextRun: purgeSchedule.nextRun, run: (signal) => purge.run(signal) },
    { name: "retention", nextRun: createCronTimes("30 2 * * *"), run: (signal) => retention.run(signal) },
    { name: "records", nextRun: createCronTimes("45 2 * * *"), run: expireRecords },
    // What a visitor's erasure left behind; purges and retention do it themselves.
    { name: "reclaim", nextRun: createCronTimes("*/10 * * * *"), run: reclaim.run },
  ];
}

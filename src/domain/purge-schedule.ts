import { createCronTimes } from "../lib/cron.ts";

/** When what is marked as deleted is removed for good. */
export interface PurgeSchedule {
  /** The first run after `nowMs`, in ms since 1970. */
  nextRun(nowMs: number): number;
  /** When what is deleted now is purged: the first run at least one undo window later. */
  purgeAt(nowMs: number): number;
}

/**
 * @param cron a pattern in UTC.
 * @param undoWindowMs how long a deletion can be undone at least.
 */
export function createPurgeSchedule(options: { cron: string; undoWindowMs: number }): PurgeSchedule {
  const nextRun = createCronTimes(options.cron);
  // One millisecond earlier, because a run at the very end of the window counts.
  return { nextRun, purgeAt: (nowMs) => nextRun(nowMs + options.undoWindowMs - 1) };
}

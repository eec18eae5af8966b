import type { Figures } from "./figures.ts";
import { addCounter } from "./tally.ts";

/** Counts what the server's own jobs do. */
export function createJobMetrics(figures: Figures, jobs: readonly string[]) {
  const countPurged = addCounter(figures, {
    name: "footfall_purged_events_total",
    help: "Events that purges of this process have removed for good",
  });
  const countFailures = addCounter(figures, {
    name: "footfall_job_failures_total",
    help: "Runs of a job that failed; they are tried again",
    labelNames: ["job"],
  });
  // There from the start: a rate does not see the first one of a series that is new.
  for (const job of jobs) countFailures(0, job);
  return {
    purged: (events: number): void => countPurged(events),
    failed: (job: string): void => countFailures(1, job),
  };
}

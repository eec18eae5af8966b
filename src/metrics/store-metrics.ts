import type { StoreFigures, StoreObserver } from "../domain/observers.ts";
import type { Figures } from "./figures.ts";
import type { GaugeSource } from "./gauges.ts";
import { addCounter, addHistogram } from "./tally.ts";

/** Seconds: from one event on a fast disk to the time that a busy database is waited for. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Up to the largest batch. */
const EVENT_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];

/** Counts what the store does. */
export function createStoreMetrics(figures: Figures): StoreObserver {
  const observeDuration = addHistogram(figures, {
    name: "footfall_commit_duration_seconds",
    help: "Time of a commit, from its start to its answer",
    buckets: COMMIT_BUCKETS,
  });
  const observeEvents = addHistogram(figures, {
    name: "footfall_commit_events",
    help: "Events in a commit: what arrived during the one before it",
    buckets: EVENT_BUCKETS,
  });
  const countFailures = addCounter(figures, {
    name: "footfall_commit_failures_total",
    help: "Commits that the database did not take",
  });
  const countReads = addCounter(figures, {
    name: "footfall_reads_total",
    help: "Reads beside the main thread by result: done, expired (stopped at the deadline), refused (too many waiting), failed",
    labelNames: ["result"],
  });
  return {
    committed({ events, seconds, ok }) {
      observeDuration(seconds);
      observeEvents(events);
      if (!ok) countFailures(1);
    },
    readEnded: (result) => countReads(1, result),
  };
}

/** What the store holds, looked up at each scrape. */
export function storeGauges(holds: () => StoreFigures): readonly GaugeSource[] {
  return [
    { name: "footfall_queue_events", help: "Events that wait for their commit", read: () => holds().queue.events },
    { name: "footfall_queue_bytes", help: "Size of the events that wait", read: () => holds().queue.bytes },
    {
      name: "footfall_queue_commands",
      help: "Other changes that wait for the writer",
      read: () => holds().queue.commands,
    },
    {
      name: "footfall_reads_under_way",
      help: "Reads beside the main thread that run or wait",
      read: () => holds().readsUnderWay,
    },
    {
      name: "footfall_database_bytes",
      help: "Size of the database file",
      read: () => holds().file?.database ?? null,
    },
    { name: "footfall_wal_bytes", help: "Size of the write-ahead log", read: () => holds().file?.log ?? null },
    {
      name: "footfall_disk_free_bytes",
      help: "Free space of the database's disk",
      read: () => holds().disk?.free ?? null,
    },
    { name: "footfall_disk_bytes", help: "Size of the database's disk", read: () => holds().disk?.total ?? null },
  ];
}

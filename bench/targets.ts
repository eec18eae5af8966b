import type { Row } from "./measure.ts";
import type { Results } from "./results.ts";
import { BATCH, SINGLE, SINGLE_ONE_CONNECTION } from "./workloads.ts";

/** What Footfall is to reach, in the figures of one run. */
export interface Target {
  readonly what: string;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: string;
  /** Null where it was not measured. */
  readonly measured: (results: Results) => number | null;
}

const footfall = (results: Results, workload: string, pick: (row: Row) => number): number | null => {
  const row = results.rows.find(({ server, workload: name }) => server === "Footfall" && name === workload);
  return row ? pick(row) : null;
};

const ofElysiaFloor = (results: Results, workload: string): number | null => {
  const floor = results.rows.find(({ server, workload: name }) => server.includes("Elysia") && name === workload);
  const rate = footfall(results, workload, (row) => row.perSecond);
  return floor && rate !== null ? rate / floor.perSecond : null;
};

const largest = (results: Results, figure: string): number | null =>
  results.growth.at(-1)?.figures[figure]?.value ?? null;

/** The small ones are over before the server is warm. */
const REFERENCE_EVENTS = 100_000;

function sustained({ growth }: Results): number | null {
  const rate = (column: Results["growth"][number] | undefined) => column?.figures["filled, batches of 1,000"]?.value;
  const [fresh, last] = [rate(growth.find(({ events }) => events === REFERENCE_EVENTS)), rate(growth.at(-1))];
  return fresh && last ? last / fresh : null;
}

const FIXED: readonly Target[] = [
  {
    what: "single events, 32 connections",
    bound: { atLeast: 25_000 },
    unit: "/s",
    measured: (results) => footfall(results, SINGLE.name, (row) => row.perSecond),
  },
  {
    what: "the same, of the Elysia floor",
    bound: { atLeast: 0.36 },
    unit: "",
    measured: (results) => ofElysiaFloor(results, SINGLE.name),
  },
  {
    what: "the same, p99",
    bound: { atMost: 5 },
    unit: " ms",
    measured: (results) => footfall(results, SINGLE.name, (row) => row.p99),
  },
  {
    what: "single events, 1 connection, p50",
    bound: { atMost: 0.6 },
    unit: " ms",
    measured: (results) => footfall(results, SINGLE_ONE_CONNECTION.name, (row) => row.p50),
  },
  {
    what: "batches of 100, 8 connections",
    bound: { atLeast: 100_000 },
    unit: " events/s",
    measured: (results) => footfall(results, BATCH.name, (row) => row.perSecond),
  },
  { what: "filling the largest table, of the rate at 100,000", bound: { atLeast: 0.7 }, unit: "", measured: sustained },
  ...(
    [
      ["latest 100, exact total", 1],
      ["page of 100 by cursor, half-way", 1],
      ["one event by id", 0.3],
    ] as const
  ).map(([what, atMost]) => ({
    what,
    bound: { atMost },
    unit: " ms",
    measured: (results: Results) => largest(results, what),
  })),
  {
    what: "purge",
    bound: { atLeast: 50_000 },
    unit: " events/s",
    measured: (results) => largest(results, "purge"),
  },
  {
    what: "export",
    bound: { atLeast: 200_000 },
    unit: " events/s",
    measured: (results) => largest(results, "export"),
  },
  {
    what: "memory that an export takes",
    bound: { atMost: 64 },
    unit: " MiB",
    measured: (results) => largest(results, "export, more memory"),
  },
  {
    what: "import of JSON lines",
    bound: { atLeast: 80_000 },
    unit: " events/s",
    measured: (results) => results.importPerSecond,
  },
  {
    what: "bytes an event, all indexes",
    bound: { atMost: 250 },
    unit: "",
    measured: (results) => results.bytesPerEvent,
  },
  { what: "memory, idle", bound: { atMost: 70 }, unit: " MiB", measured: (results) => results.idleMiB },
  {
    what: "memory under the batch load",
    bound: { atMost: 160 },
    unit: " MiB",
    measured: (results) => footfall(results, BATCH.name, (row) => row.peakMiB),
  },
  { what: "start, empty database", bound: { atMost: 150 }, unit: " ms", measured: (results) => results.startMs },
  {
    what: "start, largest table",
    bound: { atMost: 500 },
    unit: " ms",
    measured: (results) => largest(results, "start to listening"),
  },
];

/** All of them, with one for each thing that single events were measured beside. */
export const targetsOf = ({ underLoad }: Results): readonly Target[] => [
  ...FIXED,
  ...underLoad.map(({ meanwhile, p99 }) => ({
    what: `single events, p99, beside: ${meanwhile}`,
    bound: { atMost: 50 },
    unit: " ms",
    measured: () => p99,
  })),
];

/** Null where nothing was measured. */
export function isMet({ bound }: Target, measured: number | null): boolean | null {
  if (measured === null) return null;
  return "atLeast" in bound ? measured >= bound.atLeast : measured <= bound.atMost;
}

import type { Histogram } from "prom-client";
import type { Figures } from "./figures.ts";
import { createSeriesTable } from "./series.ts";

/*
 * Counters and histograms that cost 20 ns a call. The library's own sort, check and join their
 * labels at every call, which takes 0.1 to 0.5 µs: too much for a path that is walked 25,000 times a
 * second. What is shown, and how, is the library's.
 */

export interface CounterDefinition {
  readonly name: `footfall_${string}_total`;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** Adds to the series with these label values, in the order of their names. Their number must be bounded. */
export type Count = (count: number, ...labelValues: readonly string[]) => void;

export function addCounter(figures: Figures, { name, help, labelNames = [] }: CounterDefinition): Count {
  const table = createSeriesTable(labelNames, () => ({ count: 0 }));
  // Without labels there is one series, and it is there from the start.
  if (labelNames.length === 0) table.of([]);
  figures.add((registry, { Counter }) => {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, series } of table.all()) this.inc(labels, series.count);
      },
    });
  });
  return (count, ...labelValues) => {
    table.of(labelValues).count += count;
  };
}

export interface HistogramDefinition {
  readonly name: `footfall_${string}`;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

/** Notes a value in the series with these label values, in the order of their names. */
export type Observe = (value: number, ...labelValues: readonly string[]) => void;

interface Observed {
  /** How many fell into each bucket alone; the last one has no bound. */
  readonly counts: number[];
  sum: number;
}

export function addHistogram(figures: Figures, definition: HistogramDefinition): Observe {
  const { name, help, labelNames = [], buckets } = definition;
  const make = (): Observed => ({ counts: new Array(buckets.length + 1).fill(0), sum: 0 });
  const table = createSeriesTable(labelNames, make);
  if (labelNames.length === 0) table.of([]);
  const get = async () => ({
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    values: [...table.all()].flatMap(({ labels, series }) => toSamples(name, labels, buckets, series)),
  });
  // A registry asks its metrics for nothing else; the type names all that the library's own have.
  figures.add((registry) => registry.registerMetric({ name, get } as unknown as Histogram));
  return (value, ...labelValues) => {
    const observed = table.of(labelValues);
    let bucket = 0;
    while (value > (buckets[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    observed.counts[bucket] = (observed.counts[bucket] ?? 0) + 1;
    observed.sum += value;
  };
}

/** As Prometheus wants them: each bucket holds also what the smaller ones do. */
function toSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  buckets: readonly number[],
  { counts, sum }: Observed,
) {
  let count = 0;
  const cumulative = counts.map((inBucket, index) => {
    count += inBucket;
    return { metricName: `${name}_bucket`, labels: { le: String(buckets[index] ?? "+Inf"), ...labels }, value: count };
  });
  return [
    ...cumulative,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

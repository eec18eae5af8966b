import type { Store } from "../domain/ports.ts";
import { createEventMetrics } from "./event-metrics.ts";
import { createFigures } from "./figures.ts";
import { addGauges, type GaugeSource } from "./gauges.ts";
import { createJobMetrics } from "./job-metrics.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { createRequestMetrics } from "./request-metrics.ts";
import { createStoreMetrics, storeGauges } from "./store-metrics.ts";

export interface MetricsOptions {
  readonly store: Pick<Store, "observe" | "figures">;
  readonly version: string;
  /** The names of those that may fail. */
  readonly jobs: readonly string[];
  /** Figures of others, looked up at each scrape. */
  readonly gauges: readonly GaugeSource[];
}

/** Counts what happens, and tells it in the text format of Prometheus. */
export function createMetrics({ store, version, jobs, gauges }: MetricsOptions) {
  const figures = createFigures();
  figures.add((registry, { Gauge }) => {
    new Gauge({
      name: "footfall_build_info",
      help: "Always 1; the labels say what runs",
      labelNames: ["version", "bun"],
      registers: [registry],
    }).set({ version, bun: Bun.version }, 1);
  });
  store.observe(createStoreMetrics(figures));
  addGauges(figures, [...storeGauges(store.figures), ...gauges]);
  const process = addProcessMetrics(figures);
  return {
    requests: { ...createRequestMetrics(figures), ...createEventMetrics(figures) },
    jobs: createJobMetrics(figures, jobs),
    scrape: figures.scrape,
    [Symbol.dispose]: () => process[Symbol.dispose](),
  };
}

import { Gauge, Registry } from "prom-client";
import type { Store } from "../domain/ports.ts";
import { createEventMetrics } from "./event-metrics.ts";
import { addGauges, type GaugeSource } from "./gauges.ts";
import { addProcessMetrics } from "./process-metrics.ts";
import { createRequestMetrics } from "./request-metrics.ts";
import { createStoreMetrics, storeGauges } from "./store-metrics.ts";

export interface MetricsOptions {
  readonly store: Pick<Store, "observe" | "figures">;
  readonly version: string;
  /** Figures of others, looked up at each scrape. */
  readonly gauges: readonly GaugeSource[];
}

/** Counts what happens, and tells it in the text format of Prometheus. */
export function createMetrics({ store, version, gauges }: MetricsOptions) {
  const registry = new Registry();
  new Gauge({
    name: "footfall_build_info",
    help: "Always 1; the labels say what runs",
    labelNames: ["version", "bun"],
    registers: [registry],
  }).set({ version, bun: Bun.version }, 1);
  store.observe(createStoreMetrics(registry));
  addGauges(registry, [...storeGauges(store.figures), ...gauges]);
  const process = addProcessMetrics(registry);
  return {
    requests: { ...createRequestMetrics(registry), ...createEventMetrics(registry) },
    contentType: registry.contentType,
    scrape: () => registry.metrics(),
    [Symbol.dispose]: () => process[Symbol.dispose](),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

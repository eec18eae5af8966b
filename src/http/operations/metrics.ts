import { Elysia } from "elysia";
import type { Guard } from "../guard.ts";

export interface MetricsDeps {
  readonly guard: Guard;
  /** Whether everyone may read them. */
  readonly metricsPublic: boolean;
  readonly metrics: { scrape(): Promise<{ readonly contentType: string; readonly text: string }> };
}

/** `GET /metrics`: the server's figures, in the text format of Prometheus. */
export function metricsRoute({ guard, metrics, metricsPublic }: MetricsDeps) {
  return new Elysia({ name: "metrics", normalize: false, tags: ["operations"] }).use(guard).get(
    "/metrics",
    async ({ set }) => {
      const { contentType, text } = await metrics.scrape();
      set.headers["content-type"] = contentType;
      set.headers["cache-control"] = "no-store";
      return text;
    },
    {
      ...(metricsPublic ? {} : { access: "GET /metrics" as const }),
      detail: {
        operationId: "metrics",
        summary: "The server's figures",
        description: "In the text format of Prometheus. `FOOTFALL_METRICS_PUBLIC=true` opens them to everyone.",
        responses: { 200: { description: "The figures", content: { "text/plain": { schema: { type: "string" } } } } },
      },
    },
  );
}

import { expect, test } from "bun:test";
import { createEventMetrics } from "../../src/metrics/event-metrics.ts";
import { createFigures } from "../../src/metrics/figures.ts";
import { createRequestMetrics } from "../../src/metrics/request-metrics.ts";
import { toScrape } from "../support/scrape.ts";

test("the first 100 sites have figures of their own, all others share one: a scrape stays small", async () => {
  const figures = createFigures();
  const metrics = createEventMetrics(figures);
  const observe = metrics.eventsOf("collection");
  for (let site = 1; site <= 1_000; site++) observe(site, "stored", 2);
  const { samples, sum } = toScrape((await figures.scrape()).text);
  expect(samples).toHaveLength(101);
  expect(sum("footfall_events_total", { site: "web-100" })).toBe(2);
  expect(sum("footfall_events_total", { site: "other" })).toBe(1_800);
});

test("methods that a client makes up share one series", async () => {
  const figures = createFigures();
  const metrics = createRequestMetrics(figures);
  for (let n = 0; n < 1_000; n++) {
    metrics.answered({ dialect: "collection", method: `METHOD${n}`, status: 405, seconds: 0.001 });
  }
  const { samples, sum } = toScrape((await figures.scrape()).text);
  expect(samples.length).toBeLessThan(30);
  expect(sum("footfall_http_requests_total", { method: "other", status: "4xx" })).toBe(1_000);
});

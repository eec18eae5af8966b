import { expect, test } from "bun:test";
import { createFigures } from "../../src/metrics/figures.ts";
import { createJobMetrics } from "../../src/metrics/job-metrics.ts";
import { toScrape } from "../support/scrape.ts";

test("failures of every job are told from the start, as none: the first one is a change that an alert sees", async () => {
  const figures = createFigures();
  const metrics = createJobMetrics(figures, ["purge", "retention"]);
  const scraped = async () => {
    const { samples } = toScrape((await figures.scrape()).text);
    return samples.filter(({ name }) => name === "footfall_job_failures_total").map((it) => [it.labels.job, it.value]);
  };
  expect(await scraped()).toEqual([
    ["purge", 0],
    ["retention", 0],
  ]);
  metrics.failed("retention");
  expect(await scraped()).toEqual([
    ["purge", 0],
    ["retention", 1],
  ]);
});

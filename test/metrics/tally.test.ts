import { describe, expect, test } from "bun:test";
import { Histogram, Registry } from "prom-client";
import { createFigures, type Figures } from "../../src/metrics/figures.ts";
import { addGauges } from "../../src/metrics/gauges.ts";
import { addCounter, addHistogram } from "../../src/metrics/tally.ts";
import { parseMetrics } from "../support/scrape.ts";

const linesOf = async (figures: Figures) => (await figures.scrape()).text.trimEnd().split("\n");

describe("a counter", () => {
  test("adds up by the values of its labels", async () => {
    const figures = createFigures();
    const count = addCounter(figures, { name: "footfall_a_total", help: "Help", labelNames: ["x", "y"] });
    count(1, "1", "2");
    count(2, "2", "1");
    count(3, "1", "2");
    expect(await linesOf(figures)).toEqual([
      "# HELP footfall_a_total Help",
      "# TYPE footfall_a_total counter",
      'footfall_a_total{x="1",y="2"} 4',
      'footfall_a_total{x="2",y="1"} 2',
    ]);
  });

  test("without labels is 0 before anything is counted", async () => {
    const figures = createFigures();
    addCounter(figures, { name: "footfall_a_total", help: "Help" });
    expect((await linesOf(figures)).at(-1)).toBe("footfall_a_total 0");
  });

  test("escapes what a label's value holds", async () => {
    const figures = createFigures();
    addCounter(figures, { name: "footfall_a_total", help: "Help", labelNames: ["x"] })(1, 'a"b\\c\nd');
    expect((await linesOf(figures)).at(-1)).toBe('footfall_a_total{x="a\\"b\\\\c\\nd"} 1');
  });

  test("shows the same at every scrape", async () => {
    const figures = createFigures();
    addCounter(figures, { name: "footfall_a_total", help: "Help", labelNames: ["x"] })(5, "1");
    expect(await linesOf(figures)).toEqual(await linesOf(figures));
  });
});

describe("a histogram", () => {
  /** What the library's own shows of the same values, sorted. */
  async function expected(buckets: number[], values: readonly number[]): Promise<string[]> {
    const registry = new Registry();
    const own = new Histogram({
      name: "footfall_a",
      help: "Help",
      labelNames: ["x"],
      buckets,
      registers: [registry],
    });
    for (const value of values) own.observe({ x: "1" }, value);
    return (await registry.metrics()).trimEnd().split("\n").toSorted();
  }

  test.each([
    [
      [1, 2, 5],
      [0, 0.5, 1, 1.01, 2, 5, 5.01, 1_000],
    ],
    [
      [0.001, 0.25],
      [0.001, 0.0009, 0.25, 0.3, Number.MAX_SAFE_INTEGER],
    ],
    [[10], [1]],
  ])("with the buckets %j shows what the library's own would of %j", async (buckets, values) => {
    const figures = createFigures();
    const observe = addHistogram(figures, { name: "footfall_a", help: "Help", labelNames: ["x"], buckets });
    for (const value of values) observe(value, "1");
    expect((await linesOf(figures)).toSorted()).toEqual(await expected(buckets, values));
  });

  test("without labels has all its buckets before anything is observed", async () => {
    const figures = createFigures();
    addHistogram(figures, { name: "footfall_a", help: "Help", buckets: [1] });
    expect(parseMetrics((await figures.scrape()).text)).toEqual([
      { name: "footfall_a_bucket", labels: { le: "1" }, value: 0 },
      { name: "footfall_a_bucket", labels: { le: "+Inf" }, value: 0 },
      { name: "footfall_a_sum", labels: {}, value: 0 },
      { name: "footfall_a_count", labels: {}, value: 0 },
    ]);
  });
});

describe("a gauge", () => {
  test("is looked up at each scrape, and missing while there is no figure", async () => {
    const figures = createFigures();
    const values: (number | null)[] = [null, 7, null, 0];
    addGauges(figures, [{ name: "footfall_a", help: "Help", read: async () => values.shift() ?? null }]);
    const seen = [];
    for (let scrape = 0; scrape < 4; scrape++)
      seen.push(parseMetrics((await figures.scrape()).text).map(({ value }) => value));
    expect(seen).toEqual([[], [7], [], [0]]);
  });

  test("that cannot be looked up is missing, and the others are there", async () => {
    const figures = createFigures();
    addGauges(figures, [
      { name: "footfall_a", help: "Help", read: () => Promise.reject(new Error("The database does not answer")) },
      { name: "footfall_b", help: "Help", read: () => 1 },
    ]);
    expect(parseMetrics((await figures.scrape()).text)).toEqual([{ name: "footfall_b", labels: {}, value: 1 }]);
  });
});

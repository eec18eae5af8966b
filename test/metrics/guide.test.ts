import { beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/clock.ts";
import { parseMetrics } from "../support/scrape.ts";
import { startApp, type TestServer, useServer } from "../support/server.ts";
import { runCurl } from "../support/shell.ts";

const DOCS = join(import.meta.dir, "../../docs");
const GUIDE = await readFile(join(DOCS, "monitor.md"), "utf8");
const DASHBOARD = await readFile(join(DOCS, "grafana/footfall.json"), "utf8");

interface Metric {
  readonly kind: string;
  readonly labels: ReadonlySet<string>;
}

const server = useServer(() => startApp());

/** What the server has after something of every kind has happened. */
let metrics: ReadonlyMap<string, Metric>;

beforeAll(async () => {
  metrics = await collect(server());
});

async function collect(server: TestServer): Promise<ReadonlyMap<string, Metric>> {
  const { websites } = (await (await server.request("/api/v1/websites")).json()) as {
    websites: { trackingCode: string }[];
  };
  const code = websites[0]?.trackingCode ?? "";
  const event = { trackingCode: code, eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
  await server.request("/api/v1/events", { json: event });
  await server.request(`/api/v1/events?trackingCode=${code}&visitorId=v`);
  await server.request("/nowhere");
  return eventually("every figure is there", 10_000, async () => {
    const found = toMetrics(await (await server.request("/metrics")).text());
    return found.get("footfall_event_loop_delay_seconds")?.labels.size ? found : null;
  });
}

function toMetrics(text: string): ReadonlyMap<string, Metric> {
  const kinds = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", kind = ""]) => [name, kind] as const);
  const samples = parseMetrics(text);
  return new Map(
    kinds.map(([name, kind]) => {
      const own = samples.filter((sample) => sample.name === name || sample.name.startsWith(`${name}_`));
      const labels = own.flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== "le");
      return [name, { kind, labels: new Set(labels) }];
    }),
  );
}

/** PromQL → the metrics in it, each with the labels that its selector names. */
function metricsIn(expression: string) {
  return [...expression.matchAll(/\b((?:footfall|process)_[a-z_]+)\b(?:\{([^}]*)\})?/g)].map(
    ([, name = "", selector = ""]) => ({
      name,
      labels: [...selector.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
    }),
  );
}

const groupedBy = (expression: string): readonly string[] =>
  [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) =>
    labels.split(",").map((label) => label.trim()),
  );

/** Labels that Prometheus itself adds, and the bounds of buckets. */
const ADDED = ["job", "instance", "le"];

function expectExisting(expression: string): void {
  const used = metricsIn(expression);
  const known = new Set(ADDED);
  for (const { name, labels } of used) {
    const base = name.replace(/_(?:bucket|sum|count)$/, "");
    const metric = metrics.get(name) ?? (metrics.get(base)?.kind === "histogram" ? metrics.get(base) : undefined);
    expect(metric, `${name} in ${expression}`).toBeDefined();
    for (const label of metric?.labels ?? []) known.add(label);
    for (const label of labels) expect([...known], `${label} in ${expression}`).toContain(label);
  }
  for (const label of groupedBy(expression)) expect([...known], `${label} in ${expression}`).toContain(label);
}

describe("the dashboard", () => {
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }
  const { panels, templating } = JSON.parse(DASHBOARD) as {
    panels: readonly Panel[];
    templating: { list: readonly { query: string | { query: string } }[] };
  };
  const charts = panels.filter((panel) => panel.type !== "row");
  const queries = charts.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

  test("has queries in every panel", () => {
    expect(charts.length).toBeGreaterThan(10);
    expect(charts.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    expect(queries.filter(([, expr]) => metricsIn(expr).length === 0)).toEqual([]);
  });

  test.each(queries)("%s asks for figures that exist, by labels that they have: %s", (_title, expression) => {
    expectExisting(expression);
  });

  test("finds its servers by a figure that exists", () => {
    const asked = templating.list.map(({ query }) => (typeof query === "string" ? query : query.query));
    expect(asked.flatMap(metricsIn).map(({ name }) => name)).toEqual(["footfall_build_info", "footfall_build_info"]);
    expect(metrics.has("footfall_build_info")).toBeTrue();
  });

  test("shows every figure", () => {
    const shown = new Set(
      queries.flatMap(([, expr]) => metricsIn(expr)).map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, "")),
    );
    expect([...metrics.keys()].filter((name) => !shown.has(name))).toEqual([]);
  });

  test("has panels that do not lie over each other", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe("docs/monitor.md", () => {
  const blocks = (language: string) =>
    [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, block = ""]) => block);

  test("lists every figure with its kind and labels, and no other", () => {
    const rows = [...GUIDE.matchAll(/^\| `((?:footfall|process)_[a-z_]+)` +\| (\w+) +\| ([^|]*)\|/gm)].map(
      ([, name = "", kind = "", labels = ""]) => ({ name, kind, labels: [...(labels.match(/\w+/g) ?? [])] }),
    );
    const expected = [...metrics].map(([name, { kind, labels }]) => ({ name, kind, labels: [...labels] }));
    const sorted = (list: typeof rows) => list.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(sorted(rows)).toEqual(sorted(expected));
  });

  test("asks for alerts on figures that exist", () => {
    const [, rules = ""] = blocks("yaml");
    const { groups } = Bun.YAML.parse(rules) as { groups: { rules: { expr: string }[] }[] };
    const expressions = groups.flatMap((group) => group.rules.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(3);
    for (const expression of expressions) expectExisting(expression);
  });

  test("shows a command that reads them", async () => {
    const [command = ""] = blocks("sh");
    const answer = await runCurl(command.replace("http://127.0.0.1:3000", server().url), {
      env: { FOOTFALL_KEY: server().adminKey },
    });
    expect(answer.status).toBe(200);
    expect(toMetrics(answer.body).size).toBe(metrics.size);
  });
});

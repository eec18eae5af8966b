import type { TestServer } from "./server.ts";

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** The text format of Prometheus → its samples. Throws for a line that is none of it. */
export function parseMetrics(text: string): readonly Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# "))
    .map((line) => {
      const [, name = "", labels = "", value = ""] = LINE.exec(line) ?? [];
      if (name === "") throw new Error(`Not a sample: ${line}`);
      const pairs = [...labels.matchAll(LABEL)].map(([, label = "", text = ""]) => [label, text] as const);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

/** What a server counts at this moment. */
export interface Scrape {
  readonly samples: readonly Sample[];
  /** The sum of the samples of this name that have these labels, 0 where there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

export function toScrape(text: string): Scrape {
  const samples = parseMetrics(text);
  return {
    samples,
    sum(name, labels = {}) {
      const wanted = Object.entries(labels);
      return samples
        .filter((sample) => sample.name === name && wanted.every(([label, text]) => sample.labels[label] === text))
        .reduce((sum, sample) => sum + sample.value, 0);
    },
  };
}

export async function scrape(server: TestServer): Promise<Scrape> {
  const answer = await server.request("/metrics");
  if (answer.status !== 200) throw new Error(`GET /metrics: ${answer.status} ${await answer.text()}`);
  return toScrape(await answer.text());
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AGGREGATES } from "../../../src/query/kql/aggregates.ts";
import { FUNCTIONS as KQL_FUNCTIONS } from "../../../src/query/kql/functions.ts";
import { FUNCTIONS as ODATA_FUNCTIONS } from "../../../src/query/odata/functions.ts";
import { createTestClock } from "../../support/clock.ts";
import { readGuide } from "../../support/guide.ts";
import { startApp, type TestApp } from "../../support/server.ts";
import { expectStatus, list, postBulk, preview } from "./fixture.ts";

const ODATA = await readGuide("odata.md");
const KQL = await readGuide("kql.md");

/** A row of a table: what is asked, and what the guide says of it. */
interface Example {
  /** The heads of the two columns, such as `condition: finds`. */
  readonly kind: string;
  readonly text: string;
  readonly says: string;
}

const ROW = /^\| (.*?) +\| (.*?) +\|$/;

/** The rows whose first cell is code, of all tables whose second column tells what comes of it. */
function examplesOf(guide: string): readonly Example[] {
  const examples: Example[] = [];
  let kind = "";
  for (const [line, next] of guide.split("\n").map((line, at, lines) => [line, lines[at + 1] ?? ""] as const)) {
    const [, first = "", says = ""] = ROW.exec(line) ?? [];
    if (/^\| -+ \|/.test(next)) kind = `${first.replaceAll("`", "")}: ${says}`;
    else if (first.startsWith("`")) examples.push({ kind, text: first.slice(1, -1), says });
  }
  return examples;
}

const EVENTS = /```json\n(\[\n.*?\n\])\n```/s.exec(KQL)?.[1] ?? "";

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ overrides: { clock: createTestClock(Date.UTC(2026, 5, 15, 12)) } });
  await postBulk(app, JSON.parse(EVENTS));
});
afterAll(() => app.stop());

/** The rows of an answer, or what its error says. */
async function answerOf(response: Response): Promise<readonly Record<string, unknown>[] | string> {
  const body = (await expectStatus(response, response.status)) as {
    items?: readonly Record<string, unknown>[];
    error?: { message: string };
  };
  return body.items ?? body.error?.message ?? "";
}

const askKql = async (query: string) => answerOf(await preview(app, query));
const askOData = async (option: string, value: string) => answerOf(await list(app, { [option]: value }));

/** As the guides show what was found. */
function shown(rows: Awaited<ReturnType<typeof answerOf>>): string {
  if (typeof rows === "string") return rows;
  return rows.length === 0 ? "nothing" : rows.map(({ Value }) => `\`${Value}\``).join(", ");
}

const shownValue = (rows: Awaited<ReturnType<typeof answerOf>>, name: string): string =>
  typeof rows === "string" ? rows : `\`${JSON.stringify(rows[0]?.[name])}\``;

describe("docs/odata.md", () => {
  const examples = examplesOf(ODATA).filter(({ kind }) => /^\$(?:filter|orderby): /.test(kind));

  test("is about the same events as docs/kql.md", () => {
    expect(ODATA).toContain(EVENTS);
    expect(examples.length).toBeGreaterThan(80);
  });

  test.each(examples.map((example) => [example.text, example] as const))("%s", async (text, { kind, says }) => {
    expect(shown(await askOData(kind.split(":")[0] ?? "", text))).toBe(says);
  });

  test("has an example of every function", () => {
    for (const name of Object.keys(ODATA_FUNCTIONS)) {
      expect(examples.some(({ text }) => text.includes(`${name}(`))).toBe(true);
    }
  });
});

describe("docs/kql.md", () => {
  const examples = examplesOf(KQL);
  const queries = [...KQL.matchAll(/```kql\n(.*?)\n```\n\n```(json|text)\n(.*?)\n```/gs)];

  test.each(queries.map(([, query = "", kind, answer = ""]) => [query, kind, answer] as const))(
    "%s",
    async (query, kind, answer) => {
      expect(await askKql(query)).toEqual(kind === "json" ? JSON.parse(answer) : answer);
    },
  );

  test.each(examples.map((example) => [example.text, example] as const))("%s", async (text, { kind, says }) => {
    switch (kind) {
      case "condition: finds":
      case "condition: is refused":
        return expect(shown(await askKql(`Events | where ${text}`))).toBe(says);
      case "query: is refused":
        return expect(await askKql(text)).toBe(says);
      case "aggregate: is":
        return expect(shownValue(await askKql(`Events | summarize x = ${text}`), "x")).toBe(says);
      default:
        return expect(shownValue(await askKql(`Events | where Value == 'Home' | project x = ${text}`), "x")).toBe(says);
    }
  });

  test("has an example of every function and every aggregate", () => {
    for (const name of [...Object.keys(KQL_FUNCTIONS), ...Object.keys(AGGREGATES)]) {
      expect(examples.some(({ text }) => text.startsWith(`${name}(`) || text.includes(` ${name}(`))).toBe(true);
    }
  });

  test("has an example of every operator of rows", () => {
    const operators =
      `where take sample sort top project project-away project-keep project-rename project-reorder extend
      distinct count summarize`.split(/\s+/);
    for (const name of operators) expect(queries.some(([, query]) => query?.includes(`| ${name}`))).toBe(true);
  });
});

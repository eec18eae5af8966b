import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FIELDS } from "../../src/http/dialects/profile-store/fields.ts";
import { compileKql } from "../../src/query/kql/compile.ts";
import { compileOData, OptionError } from "../../src/query/odata/compile.ts";
import { QueryError } from "../../src/query/query-error.ts";
import { statementOf } from "../../src/store/event-queries.ts";

const SEED = 20_260_615;
const RUNS = 4_000;

const SOURCE = { siteIds: [1, 2], includeTest: false, maxRows: 100, total: null };

/** From text to SQL. Throws only what a query can be blamed for. */
const LANGUAGES: Readonly<Record<string, (text: string) => void>> = {
  KQL: (text) => {
    statementOf({ ...SOURCE, pipeline: compileKql(text, { now: 0n, columns: FIELDS }) });
  },
  OData: (filter) => {
    const request = { filter, orderBy: null, select: null, skip: 0, top: 10 };
    const { rows, matching } = compileOData(request, { now: 0n, properties: FIELDS });
    statementOf({ ...SOURCE, pipeline: rows, total: matching });
  },
};

function run(language: string, text: string): void {
  try {
    LANGUAGES[language]?.(text);
  } catch (error) {
    if (!(error instanceof QueryError) && !(error instanceof OptionError)) throw error;
    const position = error instanceof OptionError ? error.cause.position : error.position;
    if (position === null) return;
    expect(position).toBeGreaterThanOrEqual(0);
    expect(position).toBeLessThanOrEqual(Math.max(text.length, 20_001));
  }
}

/** Words and signs of both languages, and what is neither. */
const PIECES = [
  "Events",
  "|",
  "where",
  "project",
  "extend",
  "summarize",
  "by",
  "sort",
  "take",
  "count()",
  "let",
  "=",
  ";",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ".",
  "..",
  "Value",
  "EventTime",
  "Payload",
  "Payload.a",
  "User/Email",
  "in",
  "in~",
  "!in",
  "has",
  "!has_cs",
  "between",
  "and",
  "or",
  "not",
  "eq",
  "ne",
  "gt",
  "add",
  "any(x:",
  "all(",
  "'a'",
  "'",
  '"',
  "@'b'",
  "```",
  "\\",
  "\\u",
  "1",
  "1.5",
  "1d",
  "5m",
  "0x",
  "1e",
  "-",
  "+",
  "*",
  "/",
  "%",
  "==",
  "!=",
  "=~",
  "!~",
  "<",
  ">=",
  "datetime(",
  "dynamic([",
  "timespan(",
  "2019-03-10",
  "2019-03-10T10:00",
  "null",
  "true",
  "strcat(",
  "tolower(",
  "contains(",
  "extract('(a|b)*?c', 1,",
  "//",
  "\n",
  "\t",
  " ",
  "ä",
  "😀",
  "\ud800",
  "\0",
  "$it",
  "@p",
  "%27",
  "duration'P1D'",
  "desc",
  "asc",
];
const soup = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  ),
  { maxLength: 30 },
);

describe.each(Object.keys(LANGUAGES))("%s of any text", (language) => {
  test("is SQL, or an error that says where: nothing else", () => {
    fc.assert(
      fc.property(soup, fc.constantFrom("", " "), (pieces, gap) => {
        run(language, pieces.join(gap));
        run(language, `Events | where ${pieces.join(gap)}`);
        run(language, `Value eq 'x' and ${pieces.join(gap)}`);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }, 60_000);

  /** Texts that some parsers take quadratic or exponential time for, as long as a query may be. */
  const LONG: readonly (readonly [string, (length: number) => string])[] = [
    ["blanks", (n) => " ".repeat(n)],
    ["comments", (n) => "//\n".repeat(n / 3)],
    ["quotes", (n) => "'".repeat(n)],
    ["backslashes in a string", (n) => `Events | where Value == '${"\\".repeat(n - 30)}`],
    ["doubled quotes", (n) => `@'${"''".repeat(n / 2 - 2)}`],
    ["open parentheses", (n) => "(".repeat(n)],
    ["open brackets", (n) => `Events | where Payload${"[".repeat(n - 30)}`],
    ["minus signs", (n) => `Events | where ${"-".repeat(n - 20)}1 == 1`],
    ["negations", (n) => "not ".repeat(n / 4)],
    ["conjunctions", (n) => `Events | where ${"true and ".repeat(n / 9 - 3)}true`],
    ["OData conjunctions", (n) => `${"true and ".repeat(n / 9 - 1)}true`],
    ["a sum", (n) => `Events | where ${"1+".repeat(n / 2 - 12)}1 > 0`],
    ["a path", (n) => `Events | where Payload${".a".repeat(n / 2 - 15)} == 'a'`],
    ["an OData path", (n) => `Payload${"/a".repeat(n / 2 - 8)} eq 'a'`],
    ["digits", (n) => `Events | where ${"1".repeat(n - 20)} > 0`],
    ["typed literals", (n) => `Events | where ${"datetime(".repeat(n / 9 - 3)}`],
    ["a regular expression", (n) => `Events | extend x = extract('${"(a*)*".repeat(n / 25)}b', 0, Value)`],
    ["a dynamic literal", (n) => `Events | extend x = dynamic(${"[".repeat(n - 40)})`],
    ["lambdas", (n) => "Payload/a/any(x:".repeat(n / 16)],
    ["32 KB of one letter", () => "a".repeat(32 * 1024)],
  ];

  test.each(LONG)("made of %s ends soon", (_, make) => {
    const begun = performance.now();
    run(language, make(19_800));
    // Far above what it takes; quadratic time would be far above this.
    expect(performance.now() - begun).toBeLessThan(1_500);
  });
});

test("no text of a query becomes text of SQL", () => {
  const marker = "zq9";
  const queries = [
    `Events | where Value == '${marker}' and City has '${marker}' and Payload.${marker}.a == 1 and Payload['${marker}"x'] has_any ('${marker}')`,
    `Events | extend ${marker} = extract('${marker}(.)', 1, Value), b = dynamic({'${marker}': 1}) | where ${marker} != '' | summarize ${marker}_n = count() by ${marker}, ['${marker} "x'] = City`,
    `let ${marker} = '${marker}'; Events | project ${marker}_x = strcat(${marker}, Value), x = substring(Value, 1) | sort by ${marker}_x asc | distinct ${marker}_x`,
  ];
  for (const query of queries) {
    const pipeline = compileKql(query, { now: 0n, columns: FIELDS });
    expect(statementOf({ ...SOURCE, pipeline }).sql).not.toContain(marker);
  }
  const filter = `Value eq '${marker}' and City eq ${marker} and Payload/${marker}/any(${marker}:${marker}/${marker} eq '${marker}' or contains(${marker},'${marker}'))`;
  const { rows, matching } = compileOData(
    { filter, orderBy: `Payload/${marker} desc`, select: null, skip: 0, top: 10 },
    { now: 0n, properties: FIELDS },
  );
  expect(statementOf({ ...SOURCE, pipeline: rows, total: matching }).sql).not.toContain(marker);
});

import { beforeAll, describe, expect, test } from "bun:test";
import { corpus } from "./corpus.ts";
import { columnsOf, compile, errorOf } from "./fields.ts";
import { loadOracle, type Verdict } from "./oracle.ts";

/** The same queries each time. */
const SEED = 20_260_615;
const SIZE = 5_000;

/** Where the two do not agree, and why that is right. */
interface Exception {
  readonly why: string;
  /** One such query, so that no exception outlives its reason. */
  readonly example: string;
  /** What our error says (where only we refuse) or theirs (where only they do). */
  readonly says: RegExp;
}

/** We refuse, Microsoft's parser accepts. */
const STRICTER: readonly Exception[] = [
  {
    why: "it takes any text for the value of a literal, and the service refuses it later",
    example: "Events | where EventTime > datetime(2019-0310)",
    says: /^".*" is no (?:datetime|timespan|bool|long|real)$|^Expected "\)" to end/,
  },
  {
    why: "it compares values of all types, and the service refuses those that have nothing in common",
    example: "Events | where Value == 1",
    says: /^The operator == is not defined for/,
  },
  {
    why: "what order two dynamics have depends on what they hold",
    example: "Events | where Payload.a < Payload.b",
    says: /^The operator [<>]=? is not defined for dynamic and dynamic$/,
  },
  {
    why: "a time span less a point in time is nothing",
    example: "Events | extend x = 1d - EventTime",
    says: /^The operator - is not defined for timespan and datetime$/,
  },
  { why: "a query is one of events", example: "'a' | project x = 1", says: /^Expected the table Events/ },
  {
    why: "a point in time has no negative",
    example: "Events | extend x = -EventTime",
    says: /^The operator - is not defined for datetime$/,
  },
  { why: "points in time have no sum", example: "Events | summarize sum(EventTime)", says: /^sum(?:if)?\(\) takes/ },
  {
    why: "the negative of a dynamic is a number here",
    example: "Events | where -Payload.a has 'x'",
    says: /not defined for (?:real and|string and real)|takes string or dynamic, not real/,
  },
  {
    why: "conversions between types that have nothing in common",
    example: "Events | extend x = tobool(EventTime)",
    says: /^tobool\(\) takes|^todatetime\(\) of \w+ is not supported|^totimespan\(\) takes/,
  },
  {
    why: "values of a choice must be of one type",
    example: "Events | extend x = iff(true, 1, 'a')",
    says: /^All values must be of one type/,
  },
  {
    why: "a name in brackets is one string",
    example: "Events | extend ['a' 'b'] = 1",
    says: /^Expected an expression, found "\["|^Expected "\]"/,
  },
  { why: "words of the language are no names", example: "Events | extend by = 1", says: /^Expected a name, found/ },
  {
    why: "a dynamic holds no time span, nor any other type than the one that it meets",
    example: "Events | extend x = User + 1h",
    says: /^The operator [-+*/%] is not defined for (?:dynamic and \w+|\w+ and dynamic)$/,
  },
  { why: "commands are no queries", example: ". n = 5; Events | take 1", says: /^Management commands/ },
  { why: "there are no client parameters", example: "Events | where Value == tolower(@)", says: /means nothing here$/ },
  { why: "a list of columns has one at least", example: "Events | project-keep", says: /^Expected a column, found/ },
  { why: "what is summarized is an aggregate", example: "Events | summarize x = 1", says: /^This is no aggregate/ },
];

/** We accept, Microsoft's parser refuses. */
const LOOSER: readonly Exception[] = [
  {
    why: "people write time spans of several units",
    example: "Events | where now() - EventTime > 2h30m",
    says: /^KS142: The name '(?:\d+(?:d|h|m|s|ms)){2,}' does not refer/,
  },
  {
    why: "the negative of a dynamic is a number here",
    example: "Events | distinct x = -Payload.a",
    says: /^KS116: The value of type 'dynamic' is not allowed|^KS13[78]: The (?:argument|expression) value must be/,
  },
  {
    why: "an array is a text wherever a dynamic is one",
    example: "Events | extend x = replace_string(City, 'a', dynamic([1]))",
    says: /^KS107: A value of type string expected/,
  },
  {
    why: "any name can be a member",
    example: "Events | where Payload.by == 'x'",
    says: /^KS006: Missing name: If the keyword/,
  },
];

describe("KQL is understood as by Microsoft's own parser", () => {
  let oracle: (query: string) => Verdict;
  beforeAll(async () => {
    oracle = await loadOracle();
  });

  test(`${SIZE} queries are valid for both or for none, and their columns have the same names`, () => {
    const disagreements: string[] = [];
    let valid = 0;
    for (const query of corpus(SEED, SIZE)) {
      const ours = errorOf(query);
      const { errors, columns } = oracle(query);
      const [theirs] = errors;
      if (ours && theirs === undefined && !STRICTER.some(({ says }) => says.test(ours.message))) {
        disagreements.push(`only we refuse: ${query}\n  ${ours.message}`);
      }
      if (!ours && theirs !== undefined && !LOOSER.some(({ says }) => says.test(theirs))) {
        disagreements.push(`only they refuse: ${query}\n  ${theirs}`);
      }
      if (ours || theirs !== undefined) continue;
      valid += 1;
      const names = columnsOf(compile(query));
      if (names.join() !== columns.join()) disagreements.push(`other names: ${query}\n  ${names}\n  ${columns}`);
    }
    expect(disagreements).toEqual([]);
    // Enough of each that the comparison says something.
    expect(valid).toBeGreaterThan(SIZE / 3);
    expect(valid).toBeLessThan((SIZE * 2) / 3);
  }, 180_000);

  test.each(STRICTER)("we refuse $example: $why", ({ example, says }) => {
    expect(oracle(example).errors).toEqual([]);
    expect(errorOf(example)?.message).toMatch(says);
  });

  test.each(LOOSER)("we accept $example: $why", ({ example, says }) => {
    expect(oracle(example).errors[0]).toMatch(says);
    expect(errorOf(example)).toBeNull();
  });
});

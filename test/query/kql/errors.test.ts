import { describe, expect, test } from "bun:test";
import { errorOf } from "./fields.ts";

/** What is wrong with a query, and at which character from 1 on; null where nothing is. */
function saidOf(query: string): string | null {
  const error = errorOf(query);
  return error && `${error.message} (${(error.position ?? -1) + 1})`;
}

describe("a query that is none says what is wrong, and where", () => {
  test.each([
    ["Events |", "Expected an operator, such as where, found the end of the query (9)"],
    ["Events | where", "Expected an expression, found the end of the query (15)"],
    ["Events | where Value ==", "Expected an expression, found the end of the query (24)"],
    ["Events | where (Value == 'a'", 'Expected ")", found the end of the query (29)'],
    ["Events | where Value == 'a' take 2", 'Expected "|" or the end of the query, found "take" (29)'],
    ["Events where Value == 'a'", 'Expected "|" or the end of the query, found "where" (8)'],
    ["Events | where Value = 'a'", 'Expected "|" or the end of the query, found "=" (22)'],
    ["Events | where Value == 'a", "The string does not end (25)"],
    ["Events | where Value == 'a\\q'", "The string has an escape that is none (27)"],
    ["Events | where Value == 5x", '"5x" is neither a number nor a time span (25)'],
    ["Events | where EventTime > ago(30m2h)", '"30m2h" is neither a number nor a time span (32)'],
    ["Events | where EventTime > ago(2h30)", '"2h30" is neither a number nor a time span (32)'],
    ["Events | where Value # 'a'", '"#" means nothing here (22)'],
    ["Events | where 99999999999999999999 > 1", "99999999999999999999 is larger than a long can be (16)"],
    ["Events | where EventTime > datetime(2019-13-01)", '"2019-13-01" is no datetime (28)'],
    ["Nothing | take 1", "There is no table Nothing; there is Events (1)"],
    ["events | take 1", "There is no table events; there is Events (1)"],
    ["Events | where value == 'a'", "There is no column or variable value; did you mean Value? (16)"],
    ["Events | where Nope == 'a'", "There is no column or variable Nope (16)"],
    ["Events | where Value.a == 'a'", "Only a dynamic has members; this is string (21)"],
    ["Events | where Value", "A condition must be bool, not string (16)"],
    ["Events | where Payload.x", "A condition must be bool, not dynamic (23)"],
    ["Events | where Value == 1", "The operator == is not defined for string and long (22)"],
    ["Events | where Value < 'a'", "The operator < is not defined for string and string (22)"],
    ["Events | where EventTime > '2019-01-01'", "The operator > is not defined for datetime and string (26)"],
    ["Events | where strlen(EventTime) > 1", "strlen() takes string or dynamic, not datetime (23)"],
    ["Events | where strlen() > 1", "strlen() takes 1 argument, not 0 (16)"],
    ["Events | where startofday(Payload.x) > now()", "startofday() takes datetime, not dynamic (34)"],
    ["Events | take -1", "The number of rows must be a whole number from 0 on (15)"],
    ["Events | take Value", "There is no column or variable Value (15)"],
    ["Events | take 1.5", "The number of rows must be a whole number from 0 on (15)"],
    ["Events | project a = 1, a = 2", "There is a column a already (29)"],
    ["Events | project-rename City = Value", "There is a column City already (32)"],
    ["Events | project-rename Value", "project-rename takes NewName = OldName (25)"],
    ["Events | project-away Nope", "There is no column Nope (23)"],
    ["Events | distinct Payload", "distinct Payload takes no dynamic; convert it, for example by tostring() (10)"],
    ["Events | sort by Payload.x", "sort takes no dynamic; convert it, for example by tostring() (25)"],
    [
      "Events | summarize by Payload.x",
      "summarize by Payload_x takes no dynamic; convert it, for example by tostring() (10)",
    ],
    ["Events | summarize Value", "This is no aggregate, such as count() (20)"],
    ["Events | summarize sum(Value)", "sum() takes long or real or timespan, not string (24)"],
    ["Events | summarize sum(1) + strlen(Value)", "This is no aggregate, such as count() (27)"],
    [
      "Events | where count() > 1",
      "The aggregate function count() may only stand in summarize, and not in another one (16)",
    ],
    ["let a = 1; let a = 2; Events", "There is a variable a already (16)"],
    ["let a = b; Events", "There is no column or variable b (9)"],
    ["Events | where Value in ()", 'Expected an expression, found ")" (26)'],
    [
      "Events | extend x = extract('(', 1, Value)",
      "The regular expression has a group that does not end, at its character 2 (29)",
    ],
    ["Events | extend x = extract('a', 1, Value)", "The regular expression has 0 groups; there is no group 1 (29)"],
    [
      "Events | extend x = extract(Value, 1, Value)",
      "extract() takes a regular expression that is a string literal (29)",
    ],
    [
      "Events | extend x = extract('a(?=b)', 0, Value)",
      "The regular expression has a group that is not supported, at its character 4 (29)",
    ],
    [
      "Events | extend x = extract(@'\\bword', 0, Value)",
      "The regular expression has \\b, which is not supported, at its character 3 (29)",
    ],
    ["Events | where Value == '\\ud800'", "The string holds a NUL character or an unpaired surrogate (25)"],
    ["Events | where Value == '\\u0000'", "The string holds a NUL character or an unpaired surrogate (25)"],
  ])("%s", (query, message) => {
    expect(saidOf(query)).toBe(message);
  });
});

describe("what is not supported is said by name", () => {
  test.each(
    `as consume evaluate facet find fork getschema invoke join lookup make-series mv-apply mv-expand parse parse-where
     partition range reduce render sample-distinct scan search serialize top-hitters top-nested union`.split(/\s+/),
  )("the operator %s", (name) => {
    expect(saidOf(`Events | ${name} x`)).toBe(`${name} is not supported (10)`);
  });

  test.each([
    ["print 1", "print is not supported (1)"],
    ["union Events, Events", "union is not supported (1)"],
    ["search 'x'", "search is not supported (1)"],
    ["set query_take_max_records = 1; Events", "set is not supported (1)"],
    ["declare query_parameters(a:long); Events", "declare is not supported (1)"],
    [".show tables", "Management commands are not supported (1)"],
    [
      "let f = (x:long) { x }; Events",
      'Expected a value or rows; functions of one\'s own are not supported, found "(" (9)',
    ],
    ["Events | where Value == {{value}}", 'Expected an expression; {{parameters}} are not supported, found "{" (25)'],
    ["Events | where * has 'x'", 'Expected an expression; searching all columns is not supported, found "*" (16)'],
    ["Events | where Value matches regex 'x'", "The operator matches is not supported (22)"],
    [
      "Events | where Value in (Events | project Value)",
      'Expected a list of values; rows of another query are not supported here, found "Events" (26)',
    ],
    [
      "Events | where Payload[Value] == 'x'",
      'Expected a name in quotes or a position; other keys are not supported, found "Value" (24)',
    ],
    ["Events | extend x = geo_distance_2points(1,2,3,4)", "The function geo_distance_2points() is not supported (21)"],
    [
      "Events | summarize arg_max(EventTime, *)",
      'Expected an expression; searching all columns is not supported, found "*" (39)',
    ],
    ["Events | summarize arg_max(EventTime, Value)", "The aggregate function arg_max() is not supported (20)"],
    ["Events | summarize percentile(strlen(Value), 95)", "The aggregate function percentile() is not supported (20)"],
    [
      "Events | summarize hint.strategy=shuffle count() by Value",
      'Expected no hint: hints are not supported, found "hint" (20)',
    ],
    ["Events | extend x = guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "The type guid is not supported (21)"],
    ["Events | extend x = decimal(1.5)", "The type decimal is not supported (21)"],
  ])("%s", (query, message) => {
    expect(saidOf(query)).toBe(message);
  });
});

describe("a query may only be so large", () => {
  const nested = (depth: number, open: string, close: string) =>
    `Events | where ${open.repeat(depth)}true${close.repeat(depth)}`;
  test.each([
    ["letters", `Events // ${"x".repeat(20_000)}`, "The query is longer than 20000 characters (20001)"],
    ["parentheses", nested(100, "(", ")"), "The query is nested deeper than 60 levels (76)"],
    ["calls", nested(100, "not(", ")"), "The query is nested deeper than 60 levels (256)"],
    [
      "names and values",
      `Events | where ${Array(700).fill("1 == 1").join(" or ")}`,
      "The query has more than 2000 operators, functions, names and values (5021)",
    ],
    ["operators", `Events${" | take 1".repeat(51)}`, "The query has more than 50 operators (1)"],
    [
      "values of a list",
      `Events | where Value in (${Array(1_001).fill("1").join()})`,
      "The list has more than 1000 values (22)",
    ],
    [
      "letters of a string",
      `Events | where Value == '${"x".repeat(5_000)}'`,
      "The string is longer than 4096 characters (25)",
    ],
    ["parts of a path", `Events | where Payload${".a".repeat(21)} == 'x'`, "The path has more than 20 parts (63)"],
    [
      "columns",
      `Events | extend ${Array.from({ length: 60 }, (_, n) => `c${n} = 1`).join(", ")}`,
      "The result has more than 60 columns (10)",
    ],
    [
      "states of a regular expression",
      "Events | extend x = extract('(a{1000})', 1, Value)",
      "The regular expression is too large (29)",
    ],
  ])("in %s", (_, query, message) => {
    expect(saidOf(query)).toBe(message);
  });
});

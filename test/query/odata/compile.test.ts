import { describe, expect, test } from "bun:test";
import { FIELDS } from "../../../src/http/dialects/profile-store/fields.ts";
import { compileOData, OptionError } from "../../../src/query/odata/compile.ts";

const NOTHING = { filter: null, orderBy: null, select: null, skip: 0, top: 100 };

/** What is wrong with an option, and at which character from 1 on; null where nothing is. */
function errorOf(options: Partial<typeof NOTHING> | Record<string, string>): string | null {
  try {
    compileOData({ ...NOTHING, ...options }, { now: 0n, properties: FIELDS });
    return null;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return `${error.option}: ${error.message} (${(error.cause.position ?? -1) + 1})`;
  }
}

describe("a filter that is none says what is wrong, and where", () => {
  test.each([
    ["", "Expected a value, found the end (1)"],
    ["Value eq", "Expected a value, found the end (9)"],
    ["Value eq 'x", "The string does not end; a quote in it is written twice (10)"],
    ["Value eq 'x' City", 'Expected an operator or the end, found "City" (14)'],
    ["Value eq 'x' and", "Expected a value, found the end (17)"],
    ["(Value eq 'x'", 'Expected ")", found the end (14)'],
    ["Value eq 'x')", 'Expected an operator or the end, found ")" (13)'],
    ["Value eq and City", 'Expected a value, found "and" (10)'],
    ["Value == 'x'", 'Expected an operator or the end, found "==" (7)'],
    ["Nope eq 'x'", "There is no property Nope (1)"],
    ["eventtype eq 'x'", "There is no property eventtype; did you mean EventType? (1)"],
    ["payload/x eq 'x'", "There is no property payload/x; did you mean Payload? (1)"],
    ["Value/x eq 'x'", "Value has no properties (1)"],
    ["Payload//x eq 'x'", "The path Payload//x has a name missing (1)"],
    ["Payload/$ref eq 'x'", "$ref is not supported in a path (1)"],
    ["EventTime gt '2019-03-10'", "gt cannot compare a date-time with a string; write it without quotes (14)"],
    ["EventTime gt soon", "a date-time cannot be compared with soon (14)"],
    ["EventTime gt 2019-02-30", "a date-time cannot be compared with 2019-02-30 (14)"],
    ["Value", "Expected a condition, found a string (1)"],
    ["Value and true", "Expected a condition, found a string (1)"],
    ["not Value", "Expected a condition, found a string (5)"],
    ["length(Value)", "Expected a condition, found a number (1)"],
    ["length(EventTime) eq 1", "length takes a string, not a date-time (8)"],
    ["length() eq 1", "length takes 1 argument, not 0 (1)"],
    ["substring(Value) eq ''", "substring takes 2 or 3 arguments, not 1 (1)"],
    ["year(Value) eq 1", "year takes a date-time, not a string (6)"],
    ["nope(Value)", "The function nope is not supported (1)"],
    ["matchesPattern(Value,'a')", "The function matchespattern is not supported (1)"],
    ["cast(Value,Edm.String) eq 'a'", "The function cast is not supported (1)"],
    ["geo.distance(Value,City) lt 1", "The function geo.distance is not supported (1)"],
    ["Value add 1 eq 2", "add is not defined for a string and a number (7)"],
    ["Value/any(x:x eq 1)", "any needs a collection; this is a string (1)"],
    ["EventTime/any(x:x eq 1)", "any needs a collection; this is a date-time (1)"],
    ["Payload/x/any(x eq 1)", 'Expected a variable and a colon, such as x:, found "x" (15)'],
    ["Payload/x/all()", 'Expected a variable and a colon, such as x:, found ")" (15)'],
    ["Payload/x/any(x:y eq 1)", "There is no property y (17)"],
    ["Value in 'a'", 'Expected "(", found "a" (10)'],
    ["Value in ('a' 'b')", 'Expected ")", found "b" (15)'],
    ["Value eq guid'x'", "Literals of the type guid are not supported (10)"],
    ["EventTime add duration'x' gt now()", '"x" is no duration, such as P1DT2H (15)'],
    ["Value eq @p", "@p is not supported (10)"],
  ])("%s", (filter, message) => {
    expect(errorOf({ filter })).toBe(`filter: ${message}`);
  });
});

test.each([
  ["parentheses", `${"(".repeat(100)}true${")".repeat(100)}`, "The query is nested deeper than 60 levels (61)"],
  ["a string", `Value eq '${"x".repeat(5_000)}'`, "The string is longer than 4096 characters (10)"],
  ["a list", `Value in (${Array(1_001).fill("1").join()})`, "The list has more than 1000 values (7)"],
  [
    "names and values",
    Array(700).fill("Value eq 'x'").join(" or "),
    "The query has more than 2000 operators, functions, names and values (8010)",
  ],
  ["names in a path", `Payload${"/a".repeat(21)} eq 1`, "The path has more than 20 parts (1)"],
  ["letters", "a".repeat(20_001), "The query is longer than 20000 characters (20001)"],
])("a filter with too many of %s is refused", (_, filter, message) => {
  expect(errorOf({ filter })).toBe(`filter: ${message}`);
});

test.each([
  ["Nope", "orderby: There is no property Nope (1)"],
  ["Value,", "orderby: Expected a value, found the end (7)"],
  ["Value up", 'orderby: Expected a comma, asc, desc or the end, found "up" (7)'],
  ["Value asc desc", 'orderby: Expected a comma, asc, desc or the end, found "desc" (11)'],
])("the order %s is refused", (orderBy, message) => {
  expect(errorOf({ orderBy })).toBe(message);
});

test.each([
  ["Nope", "select: There is no property Nope (1)"],
  ["Value,Nope", "select: There is no property Nope (7)"],
  ["Value,,City", "select: Expected a property (7)"],
  ["User/Email", "select: There is no property User/Email (1)"],
])("the selection %s is refused", (select, message) => {
  expect(errorOf({ select })).toBe(message);
});

test.each([
  "EventType eq epiPageView",
  "DeviceId eq a@b.com",
  "PageUri eq https://example.com/a?b=c&d=é",
  "RemoteAddress eq ::1",
  "Value eq 5 and Value eq true and Value eq 2019-02-30",
  "Payload.epi.campaign.mailingId eq 7",
  "NOT (contains(Value,'a')) AND City NE null",
  "not contains(Value,'x') and City eq 'y'",
  "not(Value eq 'x')",
  "(Value eq 'x')and(City eq 'y')",
  "EventTime eq 2019-03-10",
  "EventTime gt 2019-03-10T10:00:00.1234567+02:00",
  "EventTime add duration'P1DT2H3M4.5S' lt now()",
  "EventTime sub EventTime eq duration'PT0S'",
  "-length(Value) lt -(1 add 2)",
  "Payload/items/any(x:x/price gt 5 and x/tags/any(y:y eq x/name))",
  "Payload/flag",
  "null eq null",
  "Payload/x eq Payload/y",
])("%s is a filter", (filter) => {
  expect(errorOf({ filter })).toBeNull();
});

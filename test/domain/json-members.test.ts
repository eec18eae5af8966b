import { expect, test } from "bun:test";
import fc from "fast-check";
import { rawDepth, rawItems, rawMembers } from "../../src/domain/json-members.ts";
import { jsonDocument, write } from "../support/json-documents.ts";

test("members come in their order, as they were written, repeated ones too", () => {
  const text = ' { "b" : 1.10 , "2":{"x": "}" },"1" : [ 1,2 ] ,"b":"a\\"b\\\\", "\\u00e4" :null} ';
  expect([...rawMembers(text)]).toEqual([
    ["b", "1.10"],
    ["2", '{"x": "}" }'],
    ["1", "[ 1,2 ]"],
    ["b", '"a\\"b\\\\"'],
    ["ä", "null"],
  ]);
});

test("items come in their order, as they were written", () => {
  expect([...rawItems('[ 1e400 ,"a,b]",[ ] , {"a":[1]},true]')]).toEqual([
    "1e400",
    '"a,b]"',
    "[ ]",
    '{"a":[1]}',
    "true",
  ]);
  expect([...rawItems(" [ ] ")]).toEqual([]);
  expect([...rawMembers("{}")]).toEqual([]);
});

test("the depth is that of the text, with what a repeated name hides", () => {
  const depths = ["1", "{}", '[[],{"a":[1]}]', '{"a":[[[1]]],"a":1}', '"[[["', '{"[":"]"}'].map(rawDepth);
  expect(depths).toEqual([0, 1, 3, 4, 0, 1]);
});

test("any document comes apart as it was put together, with any white space", () => {
  const blanks = fc.constantFrom("", " ", "\n\t ");
  fc.assert(
    fc.property(jsonDocument, blanks, (json, blank) => {
      if (json.kind === "array") {
        const text = `[${json.items.map((item) => blank + write(item) + blank).join(",")}]`;
        expect([...rawItems(text)]).toEqual(json.items.map(write));
      }
      if (json.kind === "object") {
        const members = json.entries.map(
          ([name, value]) => `${blank}${name.text}${blank}:${blank}${write(value)}${blank}`,
        );
        const expected = json.entries.map(([name, value]): [string, string] => [JSON.parse(name.text), write(value)]);
        expect([...rawMembers(`{${members.join(",")}}`)]).toEqual(expected);
      }
    }),
    { seed: 20_260_615, numRuns: 3_000 },
  );
});

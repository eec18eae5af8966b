import { describe, expect, test } from "bun:test";
import { CsvError, readCsv } from "../../src/domain/import-csv.ts";
import type { ImportLine } from "../../src/domain/import-lines.ts";
import { rejection } from "../support/store.ts";

type Part = string | Uint8Array;

async function* chunksOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part as string);
}

async function read(...parts: readonly Part[]): Promise<ImportLine[]> {
  const lines: ImportLine[] = [];
  for await (const block of readCsv(chunksOf(parts))) lines.push(...block);
  return lines;
}

/** The rows as JSON; throws for one that has a problem. */
async function rows(...parts: readonly Part[]): Promise<string[]> {
  const lines = await read(...parts);
  return lines.map(({ text, problem }) => {
    if (problem !== null) throw new Error(problem);
    return text;
  });
}

describe("a row becomes a line of JSON", () => {
  test("by the names of the first row, in any order", async () => {
    expect(await rows("eventType,browser\nclick,Chrome\n", "pageview,Firefox")).toEqual([
      '{"eventType":"click","browser":"Chrome"}',
      '{"eventType":"pageview","browser":"Firefox"}',
    ]);
  });

  test("without what is empty, and with what is quoted and empty", async () => {
    expect(await rows('eventType,os,city\na,,\nb,"",\nc\n')).toEqual([
      '{"eventType":"a"}',
      '{"eventType":"b","os":""}',
      '{"eventType":"c"}',
    ]);
  });

  test("with quotes, commas and line breaks in quoted cells", async () => {
    expect(await rows('eventType,os\r\n"a ""b"", c","d\r\ne"\r\n')).toEqual([
      String.raw`{"eventType":"a \"b\", c","os":"d\r\ne"}`,
    ]);
  });

  test("with numbers, truth and JSON as they are written", async () => {
    const header = "timestamp,value,isTest,properties,data,os";
    expect(await rows(`${header}\n1767225600000,1.10,true,"{""n"":9007199254740993}","{""a"":[]}",1.10\n`)).toEqual([
      '{"timestamp":1767225600000,"value":1.10,"isTest":true,"properties":{"n":9007199254740993},"data":{"a":[]},"os":"1.10"}',
    ]);
  });

  test.each([
    ["value", "ten"],
    ["value", "0x10"],
    ["value", "01"],
    ["isTest", "yes"],
    ["properties", "{a:1}"],
    ["timestamp", "yesterday"],
  ])("with a text for its check to refuse where %s is %s", async (field, cell) => {
    expect(await rows(`${field}\n${cell}\n`)).toEqual([JSON.stringify({ [field]: cell })]);
  });

  test("after a mark of byte order, and with blanks around names", async () => {
    expect(await rows("\ufeffeventType , os\na,b\n")).toEqual(['{"eventType":"a","os":"b"}']);
  });

  test("with letters of all kinds, wherever the chunks are cut", async () => {
    const bytes = Buffer.from('eventType,os\n"é,😀","\u2028"\n');
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await rows(...single)).toEqual(['{"eventType":"é,😀","os":"\u2028"}']);
  });
});

test("a row is called by the number of its last line, and blank lines are counted", async () => {
  const lines = await read('eventType\na\n\n"b\nc"\nd\n');
  expect(lines.map(({ number, text }) => [number, text === "" ? "blank" : JSON.parse(text).eventType])).toEqual([
    [2, "a"],
    [3, "blank"],
    [5, "b\nc"],
    [6, "d"],
  ]);
});

describe("a row has a problem, and its neighbours have none, when it", () => {
  test.each([
    ["is no UTF-8", Uint8Array.of(0x66, 0xff, 0x0a), "Is not valid UTF-8"],
    ["has more cells than names", "a,b,c\n", "Has 3 cells, and the first row 2"],
  ])("%s", async (_what, row, problem) => {
    const lines = await read("eventType,os\nbefore,\n", row, "after,\n");
    expect(lines.map((line) => line.problem)).toEqual([null, problem, null]);
  });
});

describe("a file that cannot be read on is told with the line", () => {
  test.each([
    ["a quote inside a cell", 'eventType\na"b\nc\n', "line 2: there is a quote in a cell that does not begin with one"],
    ["a letter behind a quote", 'eventType\n"a"b\nc\n', "line 2: a cell goes on behind its closing quote"],
    ["an open quote", 'eventType\na\n"b\nc\n', "line 4: a quote is never closed"],
    [
      "a row without an end",
      `eventType\n"${"x".repeat(1_100_000)}`,
      "line 2: a row is longer than 1048576 characters; is a quote missing?",
    ],
    ["a name twice", "a,b,a\n", 'its first row names "a" twice'],
    ["no names", ",,\n", "its first row must name the fields"],
  ])("%s", async (_what, text, message) => {
    const error = await rejection<CsvError>(read(text));
    expect(error).toBeInstanceOf(CsvError);
    expect(error.message).toBe(message);
  });
});

test("what its source throws is thrown", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("eventType\na\n");
    throw new Error("the disk is gone");
  }
  const reading = (async () => {
    for await (const _ of readCsv(broken()));
  })();
  expect((await rejection(reading)).message).toBe("the disk is gone");
});

test("an empty file has no rows", async () => {
  expect(await read("")).toEqual([]);
});

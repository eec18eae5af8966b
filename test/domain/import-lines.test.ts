import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type ImportLine, type LineOptions, SHOWN_BYTES, splitLines } from "../../src/domain/import-lines.ts";

async function* inChunks(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function read(
  chunks: readonly (string | Uint8Array)[],
  options: LineOptions = { invalidUtf8: "problem" },
): Promise<readonly ImportLine[]> {
  return (await Array.fromAsync(splitLines(inChunks(chunks), options))).flat();
}

const textsOf = (lines: readonly ImportLine[]) => lines.map(({ text }) => text);

test.each([
  ["LF", ["a\nb\n"], ["a", "b"]],
  ["CR LF", ["a\r\nb\r\n"], ["a", "b"]],
  ["a last line without an end", ["a\nb"], ["a", "b"]],
  ["empty lines", ["\na\n\n"], ["", "a", ""]],
  ["nothing", [], []],
  ["empty chunks", ["", "a", "", "\n", ""], ["a"]],
  ["CR and LF in two chunks", ["a\r", "\nb"], ["a", "b"]],
  ["a byte order mark", ["\ufeffa\nb"], ["a", "b"]],
])("%s", async (_what, chunks, texts) => {
  expect(textsOf(await read(chunks))).toEqual(texts);
});

test("lines are numbered from 1", async () => {
  expect((await read(["a\n\nb"])).map(({ number }) => number)).toEqual([1, 2, 3]);
});

test("wherever the bytes are cut into chunks, the lines are the same", async () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\ufeff]/g, "").toWellFormed());
  const property = fc.asyncProperty(fc.array(line), fc.array(fc.nat({ max: 50 })), async (lines, cuts) => {
    const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
    const chunks: Uint8Array[] = [];
    let start = 0;
    for (const cut of cuts) {
      chunks.push(bytes.subarray(start, start + cut));
      start += cut;
    }
    chunks.push(bytes.subarray(start));
    expect(textsOf(await read(chunks))).toEqual(lines);
  });
  await fc.assert(property, { numRuns: 200 });
});

describe("bytes that are not UTF-8", () => {
  const latin1 = Buffer.from("caf\xe9\nnext", "latin1");

  test("are a problem of their line alone", async () => {
    expect(await read([latin1])).toEqual([
      { number: 1, text: "caf\ufffd", problem: "Is not valid UTF-8" },
      { number: 2, text: "next", problem: null },
    ]);
  });

  test("become U+FFFD where that is asked for", async () => {
    expect(await read([latin1], { invalidUtf8: "replace" })).toEqual([
      { number: 1, text: "caf\ufffd", problem: null },
      { number: 2, text: "next", problem: null },
    ]);
  });

  test("a character in two chunks is none of them", async () => {
    const bytes = Buffer.from("a€\n");
    expect(await read([bytes.subarray(0, 2), bytes.subarray(2)])).toEqual([{ number: 1, text: "a€", problem: null }]);
  });
});

describe("the longest line", () => {
  const MAX = 5_000;
  const options = { maxBytes: MAX, invalidUtf8: "problem" } as const;

  test.each(["\n", "\r\n", ""])("is read whole, ended by %j", async (end) => {
    expect(await read(["x".repeat(MAX) + end], options)).toEqual([{ number: 1, text: "x".repeat(MAX), problem: null }]);
  });

  test.each([1, 100, 100_000])(
    "with one byte more is a problem, shown by its first 2 KB, in chunks of %d",
    async (size) => {
      const text = `${"x".repeat(MAX + 1)}\nnext\n`;
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      expect(await read(chunks, options)).toEqual([
        { number: 1, text: "x".repeat(SHOWN_BYTES), problem: "Is longer than 5000 bytes" },
        { number: 2, text: "next", problem: null },
      ]);
    },
  );

  test("a line without an end is skipped without being kept", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(120);
    async function* endless() {
      for (let at = 0; at < 512; at++) yield chunk;
    }
    const before = process.memoryUsage().rss;
    const [[line] = []] = await Array.fromAsync(splitLines(endless(), options));
    expect(line?.problem).toBe("Is longer than 5000 bytes");
    // 512 MiB have passed.
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });
});

test("what the bytes throw is thrown, and no half line comes before it", async () => {
  async function* broken() {
    yield Buffer.from("whole\nhal");
    throw new Error("the disk is gone");
  }
  const lines: ImportLine[] = [];
  const reading = (async () => {
    for await (const block of splitLines(broken(), { invalidUtf8: "problem" })) lines.push(...block);
  })();
  await expect(reading).rejects.toThrow("the disk is gone");
  expect(textsOf(lines)).toEqual(["whole"]);
});

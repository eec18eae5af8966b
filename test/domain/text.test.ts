import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AppError } from "../../src/domain/errors.ts";
import {
  assertCleanText,
  cleanText,
  decodeUtf8,
  isCleanJson,
  isCleanText,
  isRawNumber,
  isShallow,
  MAX_JSON_DEPTH,
  parseJson,
  truncateText,
} from "../../src/domain/text.ts";
import { depthOf, exactNumber, type Json, jsonDocument, textsOf, write } from "../support/json-documents.ts";

const anyText = fc.string({
  unit: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\0", "\ud800", "\udc00", "😀")),
});

const isClean = (text: string) =>
  !/\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);

/** The error's code, `none` when nothing is thrown; anything but an AppError fails the test. */
function codeOf(action: () => unknown): string {
  try {
    action();
    return "none";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** Whether `value` means what was written; of repeated keys the last counts. */
function meansTheSame(value: unknown, json: Json): boolean {
  switch (json.kind) {
    case "literal":
      return JSON.stringify(value) === json.text;
    case "number":
      return exactNumber(JSON.stringify(value)) === exactNumber(json.text);
    case "string":
      return value === json.value;
    case "array":
      return (
        Array.isArray(value) &&
        value.length === json.items.length &&
        json.items.every((item, index) => meansTheSame(value[index], item))
      );
    case "object": {
      const entries = new Map(json.entries.map(([key, child]) => [key.value, child]));
      return (
        typeof value === "object" &&
        value !== null &&
        Object.keys(value).length === entries.size &&
        [...entries].every(
          ([key, child]) => Object.hasOwn(value, key) && meansTheSame((value as Record<string, unknown>)[key], child),
        )
      );
    }
  }
}

describe("JSON from outside", () => {
  test("means exactly what was written, or is refused because a text in it cannot be stored", () => {
    let refused = 0;
    fc.assert(
      fc.property(jsonDocument, (json) => {
        let value: unknown;
        try {
          value = parseJson(write(json));
        } catch (error) {
          expect(error).toMatchObject({ name: "AppError", code: "invalid_json" });
          expect(textsOf(json).every(isClean)).toBe(false);
          refused += 1;
          return;
        }
        expect(meansTheSame(value, json)).toBe(true);
        // And written out and read again, it still does.
        const written = JSON.stringify(value);
        expect(meansTheSame(parseJson(written), json)).toBe(true);
        expect(isCleanJson(written)).toBe(true);
        expect(isShallow(value)).toBe(depthOf(json) <= MAX_JSON_DEPTH);
      }),
      { numRuns: 5_000 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test.each([
    ["an unpaired surrogate in a value", '{"a":"\\ud800"}'],
    ["one in upper case", '"x\\uDFFFy"'],
    ["one in a key", '{"\\udc00":1}'],
    ["a pair the wrong way round", '["\\ude00\\ud83d"]'],
    ["one that is not escaped", '{"a":"\ud800"}'],
    ["a NUL in a value", '{"a":[[["\\u0000"]]]}'],
    ["a NUL in a key", '{"a\\u0000b":null}'],
    ["a NUL that is not escaped", '"\0"'],
    ["an unpaired surrogate under __proto__", '{"__proto__":{"a":"\\ud800"}}'],
    ["an unpaired surrogate beside a number that no double holds", '[1e400,"\\ud800"]'],
    ["nothing", ""],
    ["half a document", '{"a":'],
    ["two documents", "{}{}"],
    ["numbers that are none", "[01]"],
    ["JavaScript", "{a:1}"],
    ["not a number", "NaN"],
    ["a byte order mark", "\ufeff{}"],
  ])("is refused: %s", (_, text) => {
    expect(codeOf(() => parseJson(text))).toBe("invalid_json");
  });

  test.each([
    ["100,000 arrays in each other", "[".repeat(100_000) + "]".repeat(100_000)],
    ["100,000 objects with a number that no double holds", `${'{"a":'.repeat(100_000)}1e400${"}".repeat(100_000)}`],
    ["100,000 arrays with an escape", `${"[".repeat(100_000)}"\\u0041\\ud83d\\ude00"${"]".repeat(100_000)}`],
  ])("never overflows the stack: %s are refused, here or as too deep", (_, text) => {
    const code = codeOf(() => {
      if (!isShallow(parseJson(text))) throw new AppError("invalid_input", "Too deep");
    });
    expect(["invalid_json", "invalid_input"]).toContain(code);
  });

  test.each([
    ['{"__proto__":{"polluted":true}}'],
    ['{"constructor":{"prototype":{"polluted":true}}}'],
    ['{"__proto__":{"n":1e400,"polluted":true}}'],
  ])("%s is data like any other, and changes no prototype", (text) => {
    const value = parseJson(text);
    expect(JSON.stringify(value)).toBe(text);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test.each([
    "9007199254740993",
    "-9007199254740993",
    "1e400",
    "-1e400",
    "1e-400",
    "-0",
    "-0.0",
    "0.12345678901234567890",
    "123456789012345678901234567890",
    "1.7976931348623159e308",
    "1.10",
    "1e5",
    "0e400",
    "0.0000001",
  ])("keeps %s as it was written", (literal) => {
    const value = parseJson(`{"a":[${literal}]}`) as { a: unknown[] };
    expect(JSON.stringify(value)).toBe(`{"a":[${literal}]}`);
    expect(isRawNumber(value.a[0])).toBe(true);
    expect(isShallow(value, 2)).toBe(true);
  });

  test.each([
    ["0", 0],
    ["9007199254740992", 9_007_199_254_740_992],
    ["0.1", 0.1],
    ["1.5e-7", 1.5e-7],
    ["1700000000000.25", 1_700_000_000_000.25],
  ])("reads %s as a number that one can reckon with", (literal, expected) => {
    expect(parseJson(literal)).toBe(expected);
  });

  test("of repeated keys keeps the last, with its own number", () => {
    expect(JSON.stringify(parseJson('{"a":1e400,"b":0,"a":2}'))).toBe('{"a":2,"b":0}');
    expect(JSON.stringify(parseJson('{"a":2,"b":0,"a":1e400}'))).toBe('{"a":1e400,"b":0}');
    expect(JSON.stringify(parseJson('{"a":{"c":1e400},"a":[2,1e401]}'))).toBe('{"a":[2,1e401]}');
  });
});

describe("depth", () => {
  test("counts arrays and objects, up to the limit and no further", () => {
    const nest = (depth: number) =>
      parseJson(
        `${'{"a":['.repeat(depth / 2)}${"[".repeat(depth % 2)}${"]".repeat(depth % 2)}${"]}".repeat(depth / 2)}`,
      );
    for (let depth = 0; depth < 20; depth++) {
      const value = depth === 0 ? 1 : nest(depth);
      expect(isShallow(value)).toBe(depth <= MAX_JSON_DEPTH);
      expect(isShallow(value, depth)).toBe(true);
      expect(isShallow(value, depth - 1)).toBe(depth === 0);
    }
  });
});

describe("a text from outside", () => {
  test("is clean when it has neither NUL nor unpaired surrogate", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isCleanText(text)).toBe(isClean(text));
        expect(codeOf(() => assertCleanText("name", text))).toBe(isClean(text) ? "none" : "invalid_input");
      }),
      { numRuns: 3_000 },
    );
  });

  test("is made clean without touching what is clean, and without growing", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const made = cleanText(text);
        expect(isClean(made)).toBe(true);
        expect(made).toHaveLength(text.length);
        if (isClean(text)) expect(made).toBe(text);
      }),
      { numRuns: 3_000 },
    );
    expect(cleanText("a\ud800b\0c😀")).toBe("a\ufffdb\ufffdc😀");
  });

  test("is cut without splitting a pair", () => {
    fc.assert(
      fc.property(anyText.map(cleanText), fc.nat({ max: 20 }), (text, max) => {
        const cut = truncateText(text, max);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, max - 1));
        expect(isClean(cut)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    expect(truncateText("😀😀", 3)).toBe("😀");
    expect(truncateText("😀😀", 4)).toBe("😀😀");
    expect(truncateText("abc", 0)).toBe("");
  });

  test("names the field when it is refused", () => {
    expect(() => assertCleanText("name", "\0")).toThrow(
      expect.objectContaining({ fieldErrors: { name: [expect.any(String)] } }),
    );
  });
});

describe("bytes from outside", () => {
  test("are the text that they encode", () => {
    fc.assert(
      fc.property(anyText.map(cleanText), (text) => {
        // A byte order mark at the beginning says how it is encoded, and is no part of it.
        expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text.replace(/^\ufeff/, ""));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["an encoded pair of surrogates", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ["a lead byte at the end", [0x61, 0xf0, 0x9f, 0x98]],
    ["a stray trailing byte", [0x80]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["an overlong slash", [0xe0, 0x80, 0xaf]],
    ["a code point above the last", [0xf4, 0x90, 0x80, 0x80]],
    ["bytes that UTF-8 does not have", [0xff, 0xfe]],
  ])("are refused: %s; the next ones are read as if nothing had been", (_, bytes) => {
    expect(codeOf(() => decodeUtf8(Uint8Array.from(bytes)))).toBe("invalid_json");
    expect(decodeUtf8(Uint8Array.from([0xc3, 0xa4]))).toBe("ä");
  });
});

test("JSON text is unclean also where a repeated name hides what is", () => {
  expect(isCleanJson('{"a":"\\u0000","a":1}')).toBe(false);
  expect(isCleanJson('{"a":"\\ud800","a":1}')).toBe(false);
  expect(isCleanJson('{"a":{"\\udc00":1},"a":1}')).toBe(false);
  expect(isCleanJson('{"a":"\\ud83d\\ude00","b":"\\\\u0000"}')).toBe(true);
});

import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, ERROR_CODES } from "../../src/domain/errors.ts";
import { ENCODERS } from "../../src/http/errors.ts";
import type { DialectName } from "../../src/http/routes.ts";

const DIALECTS = Object.keys(ENCODERS) as DialectName[];
const DOCUMENT = await readFile(join(import.meta.dir, "..", "..", "docs", "errors.md"), "utf8");

/** The rows of the table below a heading, cell by cell. */
function tableBelow(heading: string): readonly (readonly string[])[] {
  const lines = DOCUMENT.slice(DOCUMENT.indexOf(`## ${heading}\n`)).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, at) => at > start && !line.startsWith("|"));
  const cells = (line: string) => line.split("|").slice(1, -1);
  const [head = [], , ...rows] = lines.slice(start, end).map((line) => cells(line).map((cell) => cell.trim()));
  return [head, ...rows];
}

/** Where a dialect's body says which error it is. */
const CODE_IN: Readonly<Record<DialectName, (body: unknown) => string>> = {
  collection: (body) => (body as { error: string }).error,
  affiliate: (body) => (body as { error: { name: string } }).error.name,
  // It has only the sentence.
  "affiliate-track": () => "",
  "site-events": (body) => (body as { code: string }).code,
  "profile-store": (body) => (body as { error: { code: string } }).error.code,
  operations: (body) => (body as { error: string }).error,
};

const plain = (cell: string | undefined) => (cell ?? "").replaceAll("`", "");

describe("docs/errors.md", () => {
  const [head = [], ...rows] = tableBelow("All of them");

  test("has a column for every API", () => {
    expect(head.slice(2).map(plain)).toEqual(DIALECTS);
  });

  test("has a row for every error, in the order of the code", () => {
    expect(rows.map(([code]) => plain(code))).toEqual([...ERROR_CODES]);
  });

  test.each(ERROR_CODES.flatMap((code) => DIALECTS.map((dialect) => ({ code, dialect }))))(
    "says what $code is in $dialect",
    ({ code, dialect }) => {
      const row = rows.find(([cell]) => plain(cell) === code);
      const { status, body } = ENCODERS[dialect](new AppError(code, "What is wrong"));
      const shown = plain(row?.[head.findIndex((cell) => plain(cell) === dialect)]);
      expect(shown).toBe(`${status} ${CODE_IN[dialect](body)}`.trim());
    },
  );

  test("says which of them can be retried", () => {
    const [, ...answers] = tableBelow("What to do about them");
    const listed = answers.flatMap(([statuses = ""]) => statuses.match(/\d{3}/g) ?? []).map(Number);
    const statuses = ERROR_CODES.map((code) => ENCODERS.collection(new AppError(code, "")).status);
    expect(listed.toSorted()).toEqual([...new Set(statuses)].toSorted());
  });
});

describe("an error's body", () => {
  test("of the collection API names fields where they are known", () => {
    const error = new AppError("invalid_input", "Invalid event data", { fieldErrors: { url: ["Required"] } });
    expect(ENCODERS.collection(error).body).toEqual({
      error: "VALIDATION_ERROR",
      message: "Invalid event data",
      details: { formErrors: [], fieldErrors: { url: ["Required"] } },
    });
  });

  test("of the affiliate API lists fields as Strapi does", () => {
    const error = new AppError("invalid_input", "Invalid query parameters", { fieldErrors: { page: ["Too small"] } });
    expect(ENCODERS.affiliate(error).body).toEqual({
      data: null,
      error: {
        status: 400,
        name: "ValidationError",
        message: "Invalid query parameters",
        details: { errors: [{ path: ["page"], message: "Too small", name: "ValidationError" }] },
      },
    });
  });

  test("of the affiliate API is one sentence where events come in", () => {
    const fields = new AppError("invalid_input", "Invalid lead", { fieldErrors: { email: ["A"], click_id: ["B"] } });
    expect(ENCODERS["affiliate-track"](fields)).toEqual({
      status: 400,
      body: { error: "Invalid lead (email: A; click_id: B)" },
    });
  });

  test("of the site-events API says the fields in its sentence, and when to come back", () => {
    const fields = new AppError("invalid_input", "Invalid", { fieldErrors: { k: ["Required"], p: ["Too long"] } });
    expect(ENCODERS["site-events"](fields).body).toEqual({
      error: "Invalid (k: Required; p: Too long)",
      code: "INVALID_EVENT",
    });
    const limited = new AppError("rate_limited", "Too many requests", { retryAfter: 7 });
    expect(ENCODERS["site-events"](limited).body).toEqual({
      error: "Too many requests",
      code: "RATE_LIMITED",
      retry_after: 7,
    });
  });

  test.each([
    ["limit", "INVALID_LIMIT"],
    ["start", "INVALID_DATE_RANGE"],
    ["end", "INVALID_DATE_RANGE"],
    ["type", "INVALID_TYPE"],
    ["cursor", "INVALID_CURSOR"],
    ["siteId", "MISSING_SITE_ID"],
    ["body", "INVALID_EVENT"],
    ["includeTest", "INVALID_REQUEST"],
    ["toString", "INVALID_REQUEST"],
  ])("of the site-events API has a code for %s: %s", (field, code) => {
    const error = new AppError("invalid_input", "Invalid", { fieldErrors: { [field]: ["Wrong"] } });
    expect(ENCODERS["site-events"](error)).toEqual({ status: 400, body: { error: `Invalid (${field}: Wrong)`, code } });
  });

  test("of the profile-store API has one target, or details of each", () => {
    const one = new AppError("invalid_input", "Invalid query", { fieldErrors: { $top: ["Must be a number"] } });
    expect(ENCODERS["profile-store"](one).body).toEqual({
      error: { code: "BadArgument", message: "Must be a number", target: "$top" },
    });
    const two = new AppError("invalid_input", "Invalid query", { fieldErrors: { $top: ["A"], $skip: ["B"] } });
    expect(ENCODERS["profile-store"](two).body).toEqual({
      error: {
        code: "BadArgument",
        message: "Invalid query",
        target: "$top",
        details: [
          { code: "BadArgument", target: "$top", message: "A" },
          { code: "BadArgument", target: "$skip", message: "B" },
        ],
      },
    });
  });

  test.each(DIALECTS)("of %s shows nothing of its cause", (dialect) => {
    for (const code of ERROR_CODES) {
      const error = new AppError(code, "What is wrong", { cause: new Error("SQLITE_IOERR in secret.db") });
      expect(JSON.stringify(ENCODERS[dialect](error))).not.toMatch(/SQLITE|secret|stack/);
    }
  });
});

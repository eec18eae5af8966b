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
      expect(shown).toBe(`${status} ${(body as { error: string }).error}`);
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

  test.each(DIALECTS)("of %s shows nothing of its cause", (dialect) => {
    for (const code of ERROR_CODES) {
      const error = new AppError(code, "What is wrong", { cause: new Error("SQLITE_IOERR in secret.db") });
      expect(JSON.stringify(ENCODERS[dialect](error))).not.toMatch(/SQLITE|secret|stack/);
    }
  });
});

import { describe, expect, test } from "bun:test";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import * as schema from "../../src/store/schema.ts";
import { readGuide } from "../support/guide.ts";

const tables = Object.values<unknown>(schema)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table));

const sections = (await readGuide("data-inventory.md")).split(/^## /m).slice(1);
const namesIn = (text: string): Set<string> => new Set([...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));

/** The part of the page that is about a table: its heading names it, or a row of its own does. */
const sectionsOf = (table: string): readonly string[] =>
  sections.filter(
    (section) => namesIn(section.split("\n", 1)[0] ?? "").has(table) || section.includes(`| \`${table}\` `),
  );

describe("docs/data-inventory.md", () => {
  test("names every table of the schema once", () => {
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) expect({ name, sections: sectionsOf(name).length }).toEqual({ name, sections: 1 });
  });

  test.each(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)] as const))(
    "names every column of %s",
    (name, columns) => {
      const named = namesIn(sectionsOf(name).join("\n"));
      expect(columns.filter((column) => !named.has(column))).toEqual([]);
    },
  );

  test("names no column that there is not", () => {
    const all = new Set(tables.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]));
    const listed = sections
      .filter((section) => section.includes("| column "))
      .flatMap((section) => [...section.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = ""]) => [...namesIn(cell)]));
    expect(listed.length).toBeGreaterThan(50);
    expect(listed.filter((name) => !all.has(name))).toEqual([]);
  });
});

import { join } from "node:path";
import { type Access, ROUTES } from "../src/http/routes.ts";

/** The guide that shows who may do what, and the marks around its table. */
export const GUIDE = join(import.meta.dir, "..", "docs", "keys-and-limits.md");
const TABLE = /(?<=<!-- access:begin -->\n\n)[\s\S]*?(?=\n\n<!-- access:end -->)/;

/** The table in the guide, null where the marks are missing. */
export const shownTable = (guide: string): string | null => TABLE.exec(guide)?.[0] ?? null;

/** The route table for people, as Markdown with columns of equal width. */
export function accessTable(): string {
  const rows = Object.entries(ROUTES).map(([name, { dialect, access }]) => [`\`${name}\``, dialect, whoMay(access)]);
  const table = [["request", "API", "who may"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const toLine = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = table;
  return [toLine(head), toLine(widths.map((width) => "-".repeat(width))), ...body.map(toLine)].join("\n");
}

function whoMay(access: Access): string {
  switch (access.kind) {
    case "public":
      return "everyone";
    case "ingestion":
      return `whoever knows the site's code; a key that is sent along needs \`${access.permission}\``;
    case "site-read":
      return `a key with \`${access.permission}\`; everyone, where the site is publicly readable`;
    case "key":
      return `a key with \`${access.permission}\``;
    case "admin":
      return "an admin key";
  }
}

if (import.meta.main) {
  const guide = await Bun.file(GUIDE).text();
  if (shownTable(guide) === null) throw new Error(`${GUIDE} has no place for the table`);
  await Bun.write(GUIDE, guide.replace(TABLE, accessTable()));
}

/** Control characters, which a terminal would obey: names come from whoever may make sites and keys. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The text as one line that a terminal only shows. */
export function maskControls(text: string): string {
  return text.replace(CONTROLS, "\ufffd");
}

/** Columns of equal width, two blanks apart, without trailing blanks. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(maskControls));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, Bun.stringWidth(cell));
    });
  }
  const pad = (cell: string, column: number) => cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell));
  return cells.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

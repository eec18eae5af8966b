import type { ImportCounts } from "../domain/import-events.ts";
import type { ImportFormat } from "./import-format.ts";
import { formatBar } from "./style.ts";

/** What became of one input. */
export interface ImportedFile {
  readonly file: string;
  readonly format: ImportFormat;
  readonly counts: ImportCounts;
  /** Where the rejected lines are; null without any. */
  readonly rejectedFile: string | null;
  readonly seconds: number;
}

export const NOTHING_YET: ImportCounts = { lines: 0, stored: 0, duplicates: 0, rejected: 0, skipped: {} };

/** Names of the reasons for skipping, as people read them. */
const SKIP_WORDS: Readonly<Record<string, string>> = {
  blank: "blank lines",
  no_request: "without a request",
  method: "other methods than GET",
  no_answer: "without an answer",
  redirect: "redirects",
  error: "errors",
  static_file: "static files",
  feed: "feeds",
};

const number = (value: number): string => value.toLocaleString("en-US");

const plural = (n: number, word: string): string => `${number(n)} ${word}${n === 1 ? "" : "s"}`;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function addCounts(all: readonly ImportCounts[]): ImportCounts {
  const skipped: Record<string, number> = {};
  for (const counts of all) {
    for (const [reason, n] of Object.entries(counts.skipped)) skipped[reason] = (skipped[reason] ?? 0) + n;
  }
  return {
    lines: sum(all.map((counts) => counts.lines)),
    stored: sum(all.map((counts) => counts.stored)),
    duplicates: sum(all.map((counts) => counts.duplicates)),
    rejected: sum(all.map((counts) => counts.rejected)),
    skipped,
  };
}

/** `access.log: 10 lines: 6 stored, 0 duplicates, 4 skipped (static files 3, errors 1), 0 rejected`. */
export function describeFile({ file, counts, rejectedFile, seconds }: ImportedFile): string {
  const rate = seconds > 0 ? ` (${seconds.toFixed(1)} s, ${number(Math.round(counts.lines / seconds))} lines/s)` : "";
  const kept = rejectedFile === null ? "" : `, see ${rejectedFile}`;
  return `${file}: ${describeCounts(counts)}${kept}${rate}`;
}

export function describeCounts(counts: ImportCounts): string {
  const skipped = Object.entries(counts.skipped).sort(([, a], [, b]) => b - a);
  const reasons = skipped.map(([reason, n]) => `${SKIP_WORDS[reason] ?? reason} ${number(n)}`).join(", ");
  return [
    `${plural(counts.lines, "line")}: ${number(counts.stored)} stored`,
    plural(counts.duplicates, "duplicate"),
    `${number(sum(Object.values(counts.skipped)))} skipped${reasons === "" ? "" : ` (${reasons})`}`,
    `${number(counts.rejected)} rejected`,
  ].join(", ");
}

/** The whole run, as `--json` prints it. */
export function reportAsJson(files: readonly ImportedFile[]): Readonly<Record<string, unknown>> {
  return {
    ...countsAsJson(addCounts(files.map((file) => file.counts))),
    files: files.map(({ file, format, counts, rejectedFile }) => ({
      file,
      format,
      ...countsAsJson(counts),
      rejectedFile,
    })),
  };
}

const countsAsJson = (counts: ImportCounts) => ({
  lines: counts.lines,
  stored: counts.stored,
  duplicates: counts.duplicates,
  skipped: sum(Object.values(counts.skipped)),
  skippedByReason: counts.skipped,
  rejected: counts.rejected,
});

const SHOW_EVERY_MS = 200;

/** A status line with lines, events a second and, where the size is known, a bar; at most a few times a second. */
export function createProgress(name: string, percent: () => number | null, show: (text: string) => void) {
  const startedAt = performance.now();
  let shownAt = startedAt;
  return (counts: ImportCounts): void => {
    const now = performance.now();
    if (now - shownAt < SHOW_EVERY_MS) return;
    shownAt = now;
    const rate = Math.round((counts.stored + counts.duplicates) / ((now - startedAt) / 1_000));
    const part = percent();
    const share = part === null ? "" : `${formatBar(part / 100)} ${part.toFixed(0)} % `;
    show(`${name}: ${share}${number(counts.lines)} lines, ${number(rate)} events/s`);
  };
}

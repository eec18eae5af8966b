import type { ImportCounts } from "../domain/import-events.ts";
import type { ImportFormat } from "./import-format.ts";
import { formatCount, formatNumber } from "./numbers.ts";
import { createProgress, formatShare } from "./progress.ts";

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
  const rate =
    seconds > 0 ? ` (${seconds.toFixed(1)} s, ${formatNumber(Math.round(counts.lines / seconds))} lines/s)` : "";
  const kept = rejectedFile === null ? "" : `, see ${rejectedFile}`;
  return `${file}: ${describeCounts(counts)}${kept}${rate}`;
}

export function describeCounts(counts: ImportCounts): string {
  const skipped = Object.entries(counts.skipped).sort(([, a], [, b]) => b - a);
  const reasons = skipped.map(([reason, n]) => `${SKIP_WORDS[reason] ?? reason} ${formatNumber(n)}`).join(", ");
  return [
    `${formatCount(counts.lines, "line")}: ${formatNumber(counts.stored)} stored`,
    formatCount(counts.duplicates, "duplicate"),
    `${formatNumber(sum(Object.values(counts.skipped)))} skipped${reasons === "" ? "" : ` (${reasons})`}`,
    `${formatNumber(counts.rejected)} rejected`,
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

/** A status line with lines, events a second and, where the size is known, a bar. */
export function createImportProgress(name: string, share: () => number | null, show: (text: string) => void) {
  return createProgress<ImportCounts>(show, (counts, seconds) => {
    const rate = Math.round((counts.stored + counts.duplicates) / seconds);
    const bar = formatShare(share());
    return `${name}: ${bar && `${bar} `}${formatNumber(counts.lines)} lines, ${formatNumber(rate)} events/s`;
  });
}

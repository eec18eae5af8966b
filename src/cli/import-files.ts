import { createDailySalts } from "../domain/daily-salts.ts";
import { readCsv } from "../domain/import-csv.ts";
import { createImportEvents, type ImportCounts, type ImportEvents, type LineDecoder } from "../domain/import-events.ts";
import { createJsonLineDecoder } from "../domain/import-json-lines.ts";
import { type ImportLine, MAX_EVENT_BYTES, splitLines } from "../domain/import-lines.ts";
import { createPageViewDecoder } from "../domain/import-page-views.ts";
import type { Site } from "../domain/site.ts";
import { openGeoDatabase } from "../enrich/geo-database.ts";
import { openEnrich } from "../enrich/open-enrich.ts";
import { systemRandom } from "../lib/base62.ts";
import { systemClock } from "../lib/clock.ts";
import { createLogger } from "../lib/log.ts";
import { CommandError, UsageError } from "./failure.ts";
import { findSite } from "./find-site.ts";
import { formatOfName, IMPORT_FORMATS, type ImportFormat, STDIN } from "./import-format.ts";
import {
  addCounts,
  createImportProgress,
  describeCounts,
  describeFile,
  type ImportedFile,
  NOTHING_YET,
  reportAsJson,
} from "./import-report.ts";
import { type ImportSource, openSource } from "./import-source.ts";
import type { Output } from "./output.ts";
import { createRejectedFile } from "./rejected-file.ts";
import type { Flags } from "./setting-flags.ts";
import { listenForSignals } from "./signals.ts";
import type { UseStore } from "./use-store.ts";

export interface ImportFlags extends Flags {
  readonly site: string;
  readonly format?: ImportFormat;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** One input that is known to be there. */
interface Input {
  readonly format: ImportFormat;
  readonly source: ImportSource;
}

/** Imports one file after the other and reports on all of them, also when it has to stop. */
export type ImportFiles = (files: readonly string[], flags: ImportFlags) => Promise<void>;

export function createImportFiles(deps: {
  useStore: UseStore;
  output: Output;
  /** Ends the process without waiting for what is being stored. */
  exitNow: (code: number) => void;
}): ImportFiles {
  const { useStore, output, exitNow } = deps;
  return async (files, flags) => {
    using signals = listenForSignals(exitNow);
    const interruption = new AbortController();
    void signals.first.then(() => interruption.abort());
    const inputs = openInputs(files, flags.format ?? null, interruption.signal);
    await useStore(flags, async ({ writer, reader, sites, kv }, { geoDatabase, logLevel }) => {
      const site = await findSite(sites, flags.site);
      const salts = createDailySalts({ kv, clock: systemClock, random: systemRandom, log: createLogger(logLevel) });
      await salts.refresh();
      const geo = openGeoDatabase(geoDatabase);
      const enrich = openEnrich({ geo, saltOf: salts.saltOf, random: systemRandom });
      const importEvents = createImportEvents({
        writer,
        reader,
        enrich: (event, hints) => enrich(event, hints, site),
        clock: systemClock,
        wait: Bun.sleep,
      });
      const done: ImportedFile[] = [];
      try {
        for (const input of inputs) {
          const decode = createDecoder(input.format, site, flags.all ?? false);
          await importFile({ input, decode, importEvents, output, done });
        }
      } finally {
        output.status("");
        if (flags.json) output.printJson(reportAsJson(done));
        else printReport(done, output);
      }
      assertUsable(done);
    });
  };
}

/** @throws before anything is stored, when one of the files is missing or of unknown format. */
function openInputs(files: readonly string[], format: ImportFormat | null, signal: AbortSignal): readonly Input[] {
  if (files.filter((file) => file === STDIN).length > 1)
    throw new UsageError("standard input (-) can be read only once");
  return files.map((file) => {
    const known = format ?? formatOfName(file);
    if (known === null) {
      const name = file === STDIN ? "standard input" : file;
      throw new UsageError(`the format of ${name} is not known: say --format ${IMPORT_FORMATS.join(" or --format ")}`);
    }
    return { format: known, source: openSource(file, signal) };
  });
}

function createDecoder(format: ImportFormat, site: Site, keepAll: boolean): LineDecoder {
  // A row of CSV comes as a line of JSON.
  return format === "combined" ? createPageViewDecoder({ site, keepAll }) : createJsonLineDecoder({ site });
}

type ReadLines = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<readonly ImportLine[]>;

const READERS: Readonly<Record<ImportFormat, ReadLines>> = {
  // Web servers write the bytes that they were sent; JSON is UTF-8 or wrong.
  combined: (chunks) => splitLines(chunks, { invalidUtf8: "replace" }),
  jsonl: (chunks) => splitLines(chunks, { invalidUtf8: "problem", maxBytes: MAX_EVENT_BYTES }),
  csv: readCsv,
};

/** Adds to `done` also when it ends before the file does. */
async function importFile(task: {
  input: Input;
  decode: LineDecoder;
  importEvents: ImportEvents;
  output: Output;
  done: ImportedFile[];
}): Promise<void> {
  const { input, decode, importEvents, output, done } = task;
  const { source, format } = input;
  const startedAt = performance.now();
  using rejected = createRejectedFile(`${source.name}.rejected`, output.note);
  const { totalBytes } = source;
  const share = () => (totalBytes ? source.readBytes() / totalBytes : null);
  const showProgress = createImportProgress(source.name, share, output.status);
  let counts = NOTHING_YET;
  try {
    await importEvents({
      lines: READERS[format](source.chunks),
      decode,
      onRejected: rejected.add,
      onProgress(latest) {
        counts = latest;
        showProgress(latest);
      },
    });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `the import of ${source.name} stopped: ${what}. What is stored stays; run the same command again to go on`,
      error,
    );
  } finally {
    const seconds = (performance.now() - startedAt) / 1_000;
    done.push({ file: source.name, format, counts, rejectedFile: rejected.path(), seconds });
  }
}

function printReport(done: readonly ImportedFile[], output: Output): void {
  for (const file of done) output.print(describeFile(file));
  if (done.length > 1) output.print(`all: ${describeCounts(addCounts(done.map((file) => file.counts)))}`);
}

/** A file of which nothing could be read is most likely of another format: that is no success. */
function assertUsable(done: readonly ImportedFile[]): void {
  const useless = done.find(({ counts }) => counts.rejected > 0 && counts.rejected === counts.lines - blanksOf(counts));
  if (useless) {
    throw new CommandError(`no line of ${useless.file} could be read as ${useless.format}; is that its format?`);
  }
}

const blanksOf = (counts: ImportCounts): number => counts.skipped.blank ?? 0;

import { type Clock, MS_PER_DAY } from "../lib/clock.ts";
import type { VisitorHints } from "./enrichment.ts";
import type { NewEvent } from "./event.ts";
import { type Chunk, createChunks } from "./import-chunks.ts";
import { createLineKey } from "./import-key.ts";
import type { ImportLine } from "./import-lines.ts";
import type { EventReader, EventWriter } from "./ports.ts";
import { whileBusy } from "./retry.ts";

/** What a line turned out to be. */
export type DecodedLine =
  | {
      readonly outcome: "event";
      /** One without a dedupe key gets that of its line. */
      readonly event: NewEvent;
      readonly hints: VisitorHints | null;
      /** Where it comes from an export: any time is right, and its id if it was this site's own. */
      readonly returning?: { readonly ownId: number | null };
    }
  /** In order, but nothing that is imported; `reason` is a short name to count by. */
  | { readonly outcome: "skipped"; readonly reason: string }
  /** Wrong; `reason` is a sentence without its subject, for the person who sent it. */
  | { readonly outcome: "rejected"; readonly reason: string };

/** Knows one format; never throws. */
export type LineDecoder = (text: string) => DecodedLine;

export interface RejectedLine {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** What became of the lines so far. */
export interface ImportCounts {
  readonly lines: number;
  readonly stored: number;
  /** Stored before, by this import or an earlier one. */
  readonly duplicates: number;
  readonly rejected: number;
  /** By reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface ImportInput {
  readonly lines: AsyncIterable<readonly ImportLine[]>;
  readonly decode: LineDecoder;
  readonly onRejected: (rejected: RejectedLine) => void;
  /** Called with the counts so far, a few times for each thousand events and at the end, also at a bad one. */
  readonly onProgress?: (counts: ImportCounts) => void;
}

/** Fills in what a line does not say, for the one site that it belongs to; see `Enrich`. */
export type EnrichLine = (event: NewEvent, hints: VisitorHints | null) => void;

/** @throws what the lines throw, and `disk_full` or `overloaded` of the writer; what was stored until then stays. */
export type ImportEvents = (input: ImportInput) => Promise<ImportCounts>;

/**
 * Stores the events of one input. Repeatable: what was stored before is counted as a duplicate, by
 * its `eventId`, its `dedupeKey` or its line.
 *
 * @param wait resolves after that many ms.
 */
export function createImportEvents(deps: {
  writer: EventWriter;
  reader: Pick<EventReader, "findExisting">;
  enrich: EnrichLine;
  clock: Clock;
  wait: (ms: number) => Promise<void>;
}): ImportEvents {
  return async (input) => {
    const counts = { lines: 0, stored: 0, duplicates: 0, rejected: 0, skipped: {} as Record<string, number> };

    function reject(line: ImportLine, reason: string): void {
      counts.rejected += 1;
      input.onRejected({ line: line.number, reason, text: line.text });
    }

    async function store(chunk: Chunk): Promise<void> {
      const events = chunk.map(({ event }) => event);
      const results = await whileBusy(deps.wait, () => deps.writer.append(events));
      for (const [position, { line }] of chunk.entries()) {
        const result = results[position];
        if (result === undefined) throw new Error("The writer left an event without a result");
        if (result.outcome === "rejected") reject(line, `Is refused by the database: ${result.reason}`);
        else if (result.outcome === "stored") counts.stored += 1;
        else counts.duplicates += 1;
      }
      input.onProgress?.(counts);
    }

    /** All but those that the site has under the id that they had in the export. */
    async function withoutPresent(chunk: Chunk): Promise<Chunk> {
      const [first] = chunk;
      const ids = chunk.flatMap(({ ownId }) => ownId ?? []);
      if (!first || ids.length === 0) return chunk;
      const present = await deps.reader.findExisting(first.event.siteId, ids);
      const absent = chunk.filter(({ ownId }) => ownId === null || !present.has(ownId));
      counts.duplicates += chunk.length - absent.length;
      return absent;
    }

    const read = createReader({ ...deps, decode: input.decode });
    const chunks = createChunks({ prepare: withoutPresent, store });
    /** What the input threw: it is told when all that had come before is stored. */
    const broken: unknown[] = [];
    try {
      for await (const block of untilBroken(input.lines, broken)) {
        for (const line of block) {
          counts.lines += 1;
          const result = read(line);
          if (result.outcome === "event") {
            const isFull = chunks.add({ event: result.event, line, ownId: result.returning?.ownId ?? null });
            if (isFull) await chunks.send();
          } else if (result.outcome === "rejected") reject(line, result.reason);
          else counts.skipped[result.reason] = (counts.skipped[result.reason] ?? 0) + 1;
        }
        input.onProgress?.(counts);
      }
      await chunks.finish();
    } finally {
      await chunks.settle();
    }
    if (broken.length > 0) throw broken[0];
    return counts;
  };
}

/** A line → its event as it is to be stored, or why there is none. */
function createReader(deps: {
  decode: LineDecoder;
  enrich: EnrichLine;
  clock: Clock;
}): (line: ImportLine) => DecodedLine {
  const { decode, enrich, clock } = deps;
  const keyOf = createLineKey();
  return (line) => {
    if (line.problem !== null) return { outcome: "rejected", reason: line.problem };
    if (line.text.trim() === "") return { outcome: "skipped", reason: "blank" };
    const decoded = decode(line.text);
    if (decoded.outcome !== "event") return decoded;
    const { event } = decoded;
    // What an export holds is all that there is to be known of it.
    if (!decoded.returning) {
      if (event.occurredAt > clock.now() + MS_PER_DAY) {
        return { outcome: "rejected", reason: "Has a time that is more than 24 hours ahead" };
      }
      enrich(event, decoded.hints);
    }
    event.dedupeKey ??= keyOf(line.text, event.occurredAt);
    return decoded;
  };
}

/** The same lines; an error ends them and is put into `broken`. */
async function* untilBroken(lines: ImportInput["lines"], broken: unknown[]): AsyncGenerator<readonly ImportLine[]> {
  try {
    yield* lines;
  } catch (error) {
    broken.push(error);
  }
}

import { type Clock, MS_PER_DAY } from "../lib/clock.ts";
import type { VisitorHints } from "./enrichment.ts";
import type { NewEvent } from "./event.ts";
import { createLineKey } from "./import-key.ts";
import type { ImportLine } from "./import-lines.ts";
import type { EventWriter } from "./ports.ts";
import { whileBusy } from "./retry.ts";

/** What a line turned out to be. */
export type DecodedLine =
  | {
      readonly outcome: "event";
      /** One without a dedupe key gets that of its line. */
      readonly event: NewEvent;
      readonly hints: VisitorHints | null;
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
export type EnrichLine = (event: NewEvent, hints: VisitorHints | null) => NewEvent;

/** @throws what the lines throw, and `disk_full` or `overloaded` of the writer; what was stored until then stays. */
export type ImportEvents = (input: ImportInput) => Promise<ImportCounts>;

/** Each chunk is one transaction, short enough for a server beside it not to notice. */
const CHUNK_EVENTS = 500;

/** One is being committed while the next is being decoded. */
const MAX_IN_FLIGHT = 2;

interface PendingEvent {
  readonly event: NewEvent;
  readonly line: ImportLine;
}

/**
 * Stores the events of one input. Repeatable: what was stored before is counted as a duplicate, by
 * its `eventId` or by its line.
 *
 * @param wait resolves after that many ms.
 */
export function createImportEvents(deps: {
  writer: EventWriter;
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

    async function store(chunk: readonly PendingEvent[]): Promise<void> {
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

    const read = createReader({ ...deps, decode: input.decode });
    const chunks = createChunks(store);
    /** What the input threw: it is told when all that had come before is stored. */
    const broken: unknown[] = [];
    try {
      for await (const block of untilBroken(input.lines, broken)) {
        for (const line of block) {
          counts.lines += 1;
          const result = read(line);
          if (result.outcome === "event") await chunks.add({ event: result.event, line });
          else if (result.outcome === "rejected") reject(line, result.reason);
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
    const event = enrich(decoded.event, decoded.hints);
    if (event.occurredAt > clock.now() + MS_PER_DAY) {
      return { outcome: "rejected", reason: "Has a time that is more than 24 hours ahead" };
    }
    return {
      outcome: "event",
      event: { ...event, dedupeKey: event.dedupeKey ?? keyOf(line.text, event.occurredAt) },
      hints: null,
    };
  };
}

/** Gathers events to chunks and stores a few of these at a time. */
function createChunks(store: (chunk: readonly PendingEvent[]) => Promise<void>) {
  const inFlight = new Set<Promise<void>>();
  let chunk: PendingEvent[] = [];

  /** Resolves when there is room for the next chunk. */
  async function send(): Promise<void> {
    const stored = store(chunk);
    chunk = [];
    inFlight.add(stored);
    // The handler keeps a failure from being unhandled; who waits for it still gets it.
    stored.then(() => inFlight.delete(stored)).catch(() => {});
    if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight);
  }

  return {
    async add(event: PendingEvent): Promise<void> {
      chunk.push(event);
      if (chunk.length >= CHUNK_EVENTS) await send();
    },
    /** Stores what is left. */
    async finish(): Promise<void> {
      if (chunk.length > 0) await send();
      await Promise.all(inFlight);
    },
    /** Resolves when nothing is under way any more, whatever went wrong. */
    async settle(): Promise<void> {
      await Promise.allSettled(inFlight);
    },
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

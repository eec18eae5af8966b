import { nextTurn } from "../lib/next-turn.ts";
import type { NewEvent } from "./event.ts";
import type { ImportLine } from "./import-lines.ts";

/** An event that is about to be stored. */
export interface PendingEvent {
  readonly event: NewEvent;
  /** The id that it had in this very site, where it comes from an export of it. */
  readonly ownId: number | null;
  readonly line: ImportLine;
}

export type Chunk = readonly PendingEvent[];

/** Few enough for a transaction of them to be so short that a server beside it does not notice. */
const CHUNK_EVENTS = 500;

/** The same for events of many kilobytes, in UTF-16 units of their lines; one event may have more. */
const CHUNK_LENGTH = 1024 * 1024;

/**
 * One is being committed while the next is being decoded, and the others keep either from waiting where the other takes
 * longer now and then. All that wait go out as one transaction: at most three, some 12 ms of the writer's time.
 */
const MAX_IN_FLIGHT = 4;

/** Gathers events to chunks, prepares one after the other, and stores a few of these at a time. */
export function createChunks(deps: {
  prepare: (chunk: Chunk) => Promise<Chunk>;
  store: (chunk: Chunk) => Promise<void>;
}) {
  const { prepare, store } = deps;
  const inFlight = new Set<Promise<void>>();
  let chunk: PendingEvent[] = [];
  let length = 0;

  /** Resolves when there is room for the next chunk. */
  async function send(): Promise<void> {
    const prepared = await prepare(chunk);
    chunk = [];
    length = 0;
    const stored = store(prepared);
    inFlight.add(stored);
    // The handler keeps a failure from being unhandled; who waits for it still gets it.
    stored.then(() => inFlight.delete(stored)).catch(() => {});
    // The writer sends what it has at the end of a turn: without one, it would get nothing until all are in flight.
    await nextTurn();
    if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight);
  }

  return {
    /** Whether it makes up a chunk, which is to be sent before the next comes. */
    add(pending: PendingEvent): boolean {
      chunk.push(pending);
      length += pending.line.text.length;
      return chunk.length >= CHUNK_EVENTS || length >= CHUNK_LENGTH;
    },
    send,
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

import { AppError } from "../domain/errors.ts";
import type { AppendResult, EventWriter } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import type { IdAllocator } from "../lib/ids.ts";
import type { Logger } from "../lib/log.ts";
import { encodeRow, numberRow } from "./event-columns.ts";
import { findBadRows } from "./find-bad-rows.ts";
import type { CommandName, Commands } from "./write-commands.ts";
import type { WriteLink } from "./write-link.ts";
import type { CommandRequest, Duplicate, WriteFailure, WriteReply } from "./write-protocol.ts";

/** What may wait for its commit. Beyond that the answer is 503 at once, and memory stays flat. */
export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

export const QUEUE_LIMITS: QueueLimits = { events: 100_000, bytes: 64 * 1024 * 1024 };

/** One batch: its JSON stays below what a libSQL server takes as one value (5,000,000 bytes). */
const BATCH_LIMITS: QueueLimits = { events: 10_000, bytes: 4_000_000 };

const MAX_COMMANDS = 1_000;

/** Tries of one batch while the database is busy or its ids clash; file databases wait 5 s within each. */
const MAX_TRIES = 3;

const RETRY_AFTER_SECONDS = 1;

export interface EventWriterOptions {
  readonly link: WriteLink;
  readonly ids: IdAllocator;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: QueueLimits;
  /** Whether appends are to be refused because space is short. */
  readonly isDiskFull: () => boolean;
  /** Told when the database itself reports that there is no space. */
  readonly onDiskFull: () => void;
}

export interface StoreWriter extends EventWriter {
  /** Runs a named command between two batches. */
  run<Name extends CommandName>(
    name: Name,
    args: Parameters<Commands[Name]>[1],
  ): Promise<Awaited<ReturnType<Commands[Name]>>>;
  /** How many batches and commands have been sent to the database. */
  commits(): number;
  /** Refuses what comes from now on, writes what was accepted, and ends the Worker. */
  close(): Promise<void>;
}

/** The events of one request. */
interface PendingAppend {
  readonly rows: readonly string[];
  readonly keyed: boolean;
  readonly bytes: number;
  readonly settle: PromiseWithResolvers<readonly AppendResult[]>;
}

interface PendingCommand {
  readonly request: CommandRequest;
  readonly settle: PromiseWithResolvers<unknown>;
}

interface Batch {
  readonly requests: readonly PendingAppend[];
  readonly rows: readonly string[];
  readonly keyed: boolean;
}

/**
 * Natural group commit: while one batch is being committed, what arrives is gathered; when the
 * commit returns, everything gathered goes out as the next batch. An idle writer starts at the end
 * of the event-loop turn, so that all requests of one turn share a commit. There is no timer.
 *
 * Two lanes: appends first, and between two batches at most one command.
 */
export function createEventWriter(options: EventWriterOptions): StoreWriter {
  const { link, ids, clock, log, isDiskFull, onDiskFull } = options;
  const limits = options.limits ?? QUEUE_LIMITS;
  let appends: PendingAppend[] = [];
  const commandQueue: PendingCommand[] = [];
  let queuedEvents = 0;
  let queuedBytes = 0;
  let state: "idle" | "scheduled" | "writing" = "idle";
  let accepting = true;
  let commandsTurn = false;
  let commits = 0;
  const drained = Promise.withResolvers<void>();

  function schedule(): void {
    if (state !== "idle") return;
    state = "scheduled";
    setImmediate(() => void pump());
  }

  /** Sends one batch or command after the other until nothing is left. */
  async function pump(): Promise<void> {
    state = "writing";
    for (;;) {
      const command = commandsTurn || appends.length === 0 ? commandQueue.shift() : undefined;
      commandsTurn = !commandsTurn;
      commits += 1;
      if (command) await runCommand(command);
      else if (appends.length > 0) await commit(takeBatch());
      else if (commandQueue.length === 0) break;
    }
    state = "idle";
    if (!accepting) drained.resolve();
  }

  function takeBatch(): Batch {
    let events = 0;
    let bytes = 0;
    let end = 0;
    for (const request of appends) {
      const fits = events + request.rows.length <= BATCH_LIMITS.events && bytes + request.bytes <= BATCH_LIMITS.bytes;
      if (end > 0 && !fits) break;
      events += request.rows.length;
      bytes += request.bytes;
      end += 1;
    }
    const requests = end === appends.length ? appends : appends.slice(0, end);
    appends = end === appends.length ? [] : appends.slice(end);
    queuedEvents -= events;
    queuedBytes -= bytes;
    return {
      requests,
      rows: requests.flatMap((request) => request.rows as string[]),
      keyed: requests.some((request) => request.keyed),
    };
  }

  async function commit(batch: Batch): Promise<void> {
    try {
      settle(batch, await store(batch.rows, batch.keyed));
    } catch (error) {
      for (const request of batch.requests) request.settle.reject(error);
    }
  }

  /** Commits rows in one transaction; rows that cannot be stored are left out and reported. */
  async function store(rows: readonly string[], keyed: boolean): Promise<readonly AppendResult[]> {
    const reply = await append(rows, keyed);
    if (reply.ok) return reply.results;
    if (reply.failure !== "bad_row") throw refusal(reply.failure, reply.message);
    const bad = await findBadRows(rows, (part) => probe(part));
    log.error({ rows: rows.length, refused: bad.size, reason: reply.message }, "events refused by the database");
    const good = rows.filter((_, position) => !bad.has(position));
    // Nobody to blame: the statement failed for a reason of its own.
    if (bad.size === 0) throw refusal("broken", reply.message);
    const results = good.length > 0 ? [...(await store(good, keyed))] : [];
    return rows.map((_, position) => {
      const reason = bad.get(position);
      return reason === undefined ? (results.shift() as AppendResult) : { outcome: "rejected", reason };
    });
  }

  type AppendReply =
    | { readonly ok: true; readonly results: readonly AppendResult[] }
    | { readonly ok: false; readonly failure: WriteFailure; readonly message: string };

  /** One batch with fresh ids, tried again where that can help. */
  async function append(rows: readonly string[], keyed: boolean): Promise<AppendReply> {
    let numbered = number(rows);
    let reply: WriteReply | undefined;
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      // After a lost answer the same ids go out again: what had been stored is then left out.
      const again = reply !== undefined && !reply.ok && reply.failure === "busy";
      reply = await link.send({ kind: "append", rows: numbered.json, count: rows.length, keyed, again });
      if (reply.ok) return { ok: true, results: outcomes(numbered.ids, numbered.receivedAt, reply.duplicates ?? []) };
      if (reply.failure === "id_clash") {
        await passClashingIds();
        numbered = number(rows);
      } else if (reply.failure !== "busy") break;
    }
    return reply as Extract<WriteReply, { ok: false }>;
  }

  function number(rows: readonly string[]): { json: string; ids: readonly number[]; receivedAt: number } {
    const receivedAt = clock.now();
    const numbers: number[] = [];
    const texts: string[] = [];
    for (const row of rows) {
      const id = ids.next(receivedAt);
      numbers.push(id);
      texts.push(numberRow(id, receivedAt, row));
    }
    return { json: `[${texts.join(",")}]`, ids: numbers, receivedAt };
  }

  function outcomes(
    numbers: readonly number[],
    receivedAt: number,
    duplicates: readonly Duplicate[],
  ): readonly AppendResult[] {
    const results: AppendResult[] = numbers.map((id) => ({ outcome: "stored", id, receivedAt }));
    for (const [position, id, storedAt] of duplicates) {
      results[position] = { outcome: "duplicate", id, receivedAt: storedAt };
    }
    return results;
  }

  /** Another process stored ids of ours (a lease ran out while we were stopped): go above them all. */
  async function passClashingIds(): Promise<void> {
    const reply = await link.send({ kind: "command", name: "largestEventId", args: undefined });
    if (reply.ok) ids.raise(Number(reply.result));
    log.warn("event ids were taken by another process; continuing above them");
  }

  async function probe(rows: readonly string[]): Promise<string | null> {
    const reply = await link.send({ kind: "probe", rows: number(rows).json });
    if (reply.ok) return null;
    if (reply.failure === "bad_row") return reply.message;
    throw refusal(reply.failure, reply.message);
  }

  function settle(batch: Batch, results: readonly AppendResult[]): void {
    let position = 0;
    for (const request of batch.requests) {
      request.settle.resolve(results.slice(position, position + request.rows.length));
      position += request.rows.length;
    }
  }

  async function runCommand({ request, settle }: PendingCommand): Promise<void> {
    try {
      const reply = await link.send(request);
      if (reply.ok) settle.resolve(reply.result);
      else settle.reject(refusal(reply.failure, reply.message));
    } catch (error) {
      settle.reject(error);
    }
  }

  function refusal(failure: WriteFailure, message: string): AppError {
    const cause = new Error(message);
    switch (failure) {
      case "busy":
        return overloaded("The database is busy", cause);
      case "disk_full":
        onDiskFull();
        return diskFull(cause);
      case "conflict":
        return new AppError("conflict", "Already exists", { cause });
      case "id_clash":
      case "bad_row":
      case "broken":
        return new AppError("internal", "The database refused the write", { cause });
    }
  }

  return {
    append(events) {
      if (isDiskFull()) return Promise.reject(diskFull());
      if (!accepting) return Promise.reject(overloaded("The server is stopping"));
      const rows = events.map(encodeRow);
      // UTF-16 units: close enough to bytes to bound memory, and free.
      const bytes = rows.reduce((sum, row) => sum + row.length, 0);
      if (queuedEvents + rows.length > limits.events || queuedBytes + bytes > limits.bytes) {
        return Promise.reject(overloaded("Too many events are waiting to be stored"));
      }
      queuedEvents += rows.length;
      queuedBytes += bytes;
      const settle = Promise.withResolvers<readonly AppendResult[]>();
      appends.push({ rows, bytes, keyed: events.some((event) => event.dedupeKey !== null), settle });
      schedule();
      return settle.promise;
    },
    run(name, args) {
      if (!accepting) return Promise.reject(overloaded("The server is stopping"));
      if (commandQueue.length >= MAX_COMMANDS) return Promise.reject(overloaded("Too many changes are waiting"));
      const settle = Promise.withResolvers<unknown>();
      commandQueue.push({ request: { kind: "command", name, args }, settle });
      schedule();
      return settle.promise as Promise<Awaited<ReturnType<Commands[typeof name]>>>;
    },
    commits: () => commits,
    async close() {
      if (!accepting) return drained.promise;
      accepting = false;
      if (state === "idle") drained.resolve();
      await drained.promise;
      await link.send({ kind: "close" }).catch(() => {});
      link.terminate();
    },
  };
}

const overloaded = (message: string, cause?: unknown): AppError =>
  new AppError("overloaded", `${message}; try again`, { retryAfter: RETRY_AFTER_SECONDS, cause });

const diskFull = (cause?: unknown): AppError =>
  new AppError("disk_full", "The server's disk is nearly full: nothing can be stored until there is space", {
    retryAfter: 60,
    cause,
  });

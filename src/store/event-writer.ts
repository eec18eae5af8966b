import { AppError } from "../domain/errors.ts";
import type { StoreFigures, StoreObserver } from "../domain/observers.ts";
import type { AppendResult, Arrivals, EventWriter } from "../domain/ports.ts";
import { type Batch, createAppendQueue, type QueueLimits } from "./append-queue.ts";
import { type BatchWriterOptions, createBatchWriter, type Ending } from "./batch-writer.ts";
import { encodeRows } from "./encode-rows.ts";
import { LAST_PATIENCE_MS, PATIENCE_MS, startPatience } from "./patience.ts";
import type { CommandName, Commands } from "./write-commands.ts";
import { away, diskFull, overloaded, refusal, takesNothing } from "./write-failure.ts";
import type { CommandRequest } from "./write-protocol.ts";

const MAX_COMMANDS = 1_000;

/** Fewer events are not worth a commit of their own while there is one under way. */
const AHEAD_FROM_EVENTS = 8;

export interface EventWriterOptions extends Omit<BatchWriterOptions, "startPatience"> {
  readonly limits?: QueueLimits;
  /** For how long the database is known not to answer; 0 while it does. */
  readonly awayMs: () => number;
  /** How long what the database does not take is tried again; {@link PATIENCE_MS} when it is not said. */
  readonly patienceMs?: number;
  /** Whether appends are to be refused because space is short. */
  readonly isDiskFull: () => boolean;
  /** Told when the database itself reports that there is no space. */
  readonly onDiskFull: () => void;
  readonly observer: StoreObserver;
}

export interface StoreWriter extends EventWriter, Arrivals {
  /** Runs a named command between two batches. */
  run<Name extends CommandName>(
    name: Name,
    args: Parameters<Commands[Name]>[1],
  ): Promise<Awaited<ReturnType<Commands[Name]>>>;
  /** How many batches and commands have been sent to the database. */
  commits(): number;
  /** What waits for its commit. */
  queue(): StoreFigures["queue"];
  /** From now on what the database does not take is not tried again for long: the process is about to stop. */
  hurry(): void;
  /** Refuses appends from now on. */
  refuseAppends(): void;
  /** Refuses what comes from now on, writes what was accepted, and ends the Worker. */
  close(): Promise<void>;
}

interface PendingCommand {
  readonly request: CommandRequest;
  readonly settle: PromiseWithResolvers<unknown>;
}

/** A batch that the Worker has; it has two at most. */
interface SentBatch {
  readonly events: number;
  readonly ended: Promise<Ending>;
}

/**
 * Natural group commit: while one batch is being committed, what arrives is gathered; when the
 * commit returns, everything gathered goes out as the next batch. An idle writer starts at the end
 * of the event-loop turn, so that all requests of one turn share a commit. There is no timer.
 *
 * Once as much has been gathered as is being committed, it goes out ahead: the Worker then need not
 * wait for this thread, which has requests to answer, to notice that it is done. No sooner: small
 * batches cost nearly as much as large ones.
 *
 * Two lanes: appends first, and between two batches at most one command, which nothing is sent ahead of.
 */
export function createEventWriter(options: EventWriterOptions): StoreWriter {
  const { link, isDiskFull, onDiskFull, observer, awayMs, patienceMs = PATIENCE_MS } = options;
  const writeBatch = createBatchWriter({ ...options, startPatience: () => startPatience(patienceEndsAt) });
  const appends = createAppendQueue(options.limits);
  const commandQueue: PendingCommand[] = [];
  const sent: SentBatch[] = [];
  let state: "idle" | "scheduled" | "writing" = "idle";
  let accepting: "all" | "commands" | "nothing" = "all";
  let stoppingAt = Number.POSITIVE_INFINITY;
  let commandsTurn = false;
  let commits = 0;
  let committedAt = 0;
  const listeners = new Set<() => void>();
  const drained = Promise.withResolvers<void>();

  const patienceEndsAt = (startedAt: number) => Math.min(startedAt + patienceMs, stoppingAt + LAST_PATIENCE_MS);

  function hurry(): void {
    stoppingAt = Math.min(stoppingAt, performance.now());
  }

  /** Nobody has to wait for what has no chance; a look at the database finds out when it has one again. */
  const isHopeless = () => awayMs() > patienceMs;

  function schedule(): void {
    if (state !== "idle") return;
    state = "scheduled";
    setImmediate(() => void pump());
  }

  /** Sends one batch or command after the other until nothing is left. */
  async function pump(): Promise<void> {
    state = "writing";
    for (;;) {
      const command = commandsTurn || appends.events() === 0 ? commandQueue.shift() : undefined;
      commandsTurn = !commandsTurn;
      if (!command && appends.events() === 0) break;
      if (command) await runCommand(command);
      else await writeBatches();
    }
    state = "idle";
    if (accepting === "nothing") drained.resolve();
  }

  /** A batch, and those that go out ahead meanwhile. */
  async function writeBatches(): Promise<void> {
    sendBatch();
    for (let [first] = sent; first; [first] = sent) {
      await first.ended;
      sent.shift();
    }
  }

  function sendBatch(): void {
    const batch = appends.takeBatch();
    sent.push({ events: batch.events, ended: commit(batch, sent.at(-1)?.ended ?? null) });
  }

  function sendAhead(): void {
    const [first, second] = sent;
    if (!first || second || commandQueue.length > 0) return;
    if (appends.events() >= Math.max(first.events, AHEAD_FROM_EVENTS)) sendBatch();
  }

  async function commit(batch: Batch, previous: Promise<Ending> | null): Promise<Ending> {
    commits += 1;
    const sentAt = performance.now();
    let ok = false;
    let ending: Ending = null;
    try {
      const results = await writeBatch(
        batch.requests.map((request) => request.rows),
        { keyed: batch.keyed, rare: batch.rare },
        previous,
      );
      ok = true;
      settle(batch, results);
      for (const listener of listeners) listener();
    } catch (error) {
      ending = noteFailure(error);
      for (const request of batch.requests) request.settle.reject(error);
    }
    // Not the time that it waited in the Worker.
    const startedAt = Math.max(sentAt, committedAt);
    committedAt = performance.now();
    observer.committed({ events: batch.events, seconds: (committedAt - startedAt) / 1_000, ok });
    return ending;
  }

  function settle(batch: Batch, results: readonly AppendResult[]): void {
    let position = 0;
    for (const request of batch.requests) {
      request.settle.resolve(results.slice(position, position + request.rows.length));
      position += request.rows.length;
    }
  }

  /** What surely has not been done is tried again; of all else the caller is told, who knows whether to repeat it. */
  async function runCommand({ request, settle }: PendingCommand): Promise<void> {
    commits += 1;
    try {
      const patience = startPatience(patienceEndsAt);
      let reply = await link.send(request);
      while (!reply.ok && reply.failure === "busy" && (await patience.pause())) reply = await link.send(request);
      if (!reply.ok) throw refusal(reply.failure, reply.message);
      settle.resolve(reply.result);
    } catch (error) {
      noteFailure(error);
      settle.reject(error);
    }
  }

  function noteFailure(error: unknown): Ending {
    if (!(error instanceof AppError)) return null;
    if (error.code === "disk_full") onDiskFull();
    // What waits has waited as long: its turn would come too late for those who sent it.
    if (!takesNothing(error)) return null;
    refuseWaiting(error);
    return error;
  }

  function refuseWaiting(reason: AppError): void {
    appends.refuse(reason);
    for (const { settle } of commandQueue.splice(0)) settle.reject(reason);
  }

  return {
    append(events) {
      if (accepting !== "all") return Promise.reject(overloaded("The server is stopping"));
      if (isDiskFull()) return Promise.reject(diskFull());
      if (isHopeless()) return Promise.reject(away());
      if (events.length === 0) return Promise.resolve([]);
      const settle = Promise.withResolvers<readonly AppendResult[]>();
      if (!appends.add({ ...encodeRows(events), settle })) {
        return Promise.reject(overloaded("Too many events are waiting to be stored"));
      }
      schedule();
      sendAhead();
      return settle.promise;
    },
    run(name, args) {
      if (accepting === "nothing") return Promise.reject(overloaded("The server is stopping"));
      if (isHopeless()) return Promise.reject(away());
      if (commandQueue.length >= MAX_COMMANDS) return Promise.reject(overloaded("Too many changes are waiting"));
      const settle = Promise.withResolvers<unknown>();
      commandQueue.push({ request: { kind: "command", name, args }, settle });
      schedule();
      return settle.promise as Promise<Awaited<ReturnType<Commands[typeof name]>>>;
    },
    onStored(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    commits: () => commits,
    queue: () => ({ events: appends.events(), bytes: appends.bytes(), commands: commandQueue.length }),
    hurry,
    refuseAppends() {
      if (accepting === "all") accepting = "commands";
      hurry();
    },
    async close() {
      if (accepting === "nothing") return drained.promise;
      accepting = "nothing";
      hurry();
      if (state === "idle") drained.resolve();
      await drained.promise;
      await link.send({ kind: "close" }).catch(() => {});
      link.terminate();
    },
  };
}

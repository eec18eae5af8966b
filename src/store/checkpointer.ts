import Database from "libsql";
import type { Logger } from "../lib/log.ts";
import type { CheckpointMode, CheckpointReply, CheckpointRequest, LogFrames } from "./checkpoint-worker.ts";
import { fileSize } from "./observe-store.ts";
import type { Hold } from "./places.ts";

const CHECK_EVERY_MS = 200;

/** After so many looks at which nothing had been written, the log is cut. */
const QUIET_LOOKS = 10;

/** A log smaller than this is left alone while writes come in. */
const PASSIVE_ABOVE_BYTES = 1024 * 1024;

/** From so many pages on (16 MiB) the log is to be started over. */
const RESTART_FROM_FRAMES = 4_096;

/** From so many pages on (64 MiB) reads are made to wait, where one after the other holds the log. */
const HOLD_FROM_FRAMES = 16_384;

/** The longer the log, the longer they may wait: 256 ms at 64 MiB, four seconds at 1 GiB. */
const HOLD_MS_PER_FRAME = 1 / 64;
const MAX_HOLD_MS = 5_000;

/** From so many pages on (256 MiB) a read too many is rather refused than a disk filled. */
const URGENT_FROM_FRAMES = 65_536;

/** Between two such waits there is so much more time than the last one took. */
const HOLD_PAUSE_FACTOR = 10;

/** So few pages the writer moves itself, between two batches; a short read may be in the way of some. */
const FINISH_FRAMES = 1_024;

/** Rounds in which a checkpoint comes nearer to the end of a log that goes on growing. */
const MAX_ROUNDS = 5;

/** How long reads may be made to wait for the log to be cut at once. */
const CUT_HOLD_MS = 500;

const BUSY_TIMEOUT_MS = 100;

const WORKER = new URL("./checkpoint-worker.ts", import.meta.url).href;

export interface Checkpointer extends AsyncDisposable {
  /** Moves the whole log into the file and empties it; false where a reader or writer was in the way. */
  truncate(): Promise<boolean>;
}

export interface CheckpointerOptions {
  readonly path: string;
  /** How many batches this process has committed: tells writes from quiet. */
  readonly commits: () => number;
  /** Has the writer do a PASSIVE one between two batches: nothing is added to the log meanwhile. */
  readonly finish: () => Promise<unknown>;
  /** As `Reads.hold`. */
  readonly hold: (hold: Hold) => Promise<Disposable | null>;
  readonly log: Logger;
}

/**
 * Moves the write-ahead log into the database file beside the writes, on a connection of its own
 * and off the main thread: a writer that checkpoints itself stops for it.
 *
 * PASSIVE while writes come in. It never quite catches up with them; where little is left, the writer
 * moves that between two batches, and starts the log over in place with the next. A sync of what
 * overwrites the log is cheaper than of what makes it longer: it changes no metadata of the file, so that it
 * does not wait for the sync of the database file either.
 *
 * What a reader may still need stays in the log, and long reads one after the other leave it no moment without any:
 * it would grow for as long as they come. From some length on those that come wait for those that run, so that there
 * is one. The writer is never made to wait for a reader.
 *
 * TRUNCATE only when there were no writes for a while: it takes the writer's lock for all that it has to do.
 */
export function startCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { path, commits, finish, log } = options;
  let lastCommits = -1;
  let quietLooks = 0;
  let holdAgainAt = 0;
  const closing = Promise.withResolvers<null>();
  let worker: CheckpointWorker | undefined;
  let running: Promise<void> | undefined;

  async function checkpoint(): Promise<void> {
    quietLooks = commits() === lastCommits ? quietLooks + 1 : 0;
    lastCommits = commits();
    const size = fileSize(`${path}-wal`);
    if (quietLooks >= QUIET_LOOKS) {
      if (size > 0) await run("TRUNCATE");
      return;
    }
    if (size <= PASSIVE_ABOVE_BYTES) return;
    const frames = await run("PASSIVE");
    if (!frames || frames.log < RESTART_FROM_FRAMES) return;
    if (frames.log >= HOLD_FROM_FRAMES && performance.now() >= holdAgainAt) await beginAnewWithoutReaders(frames);
    else if (isNearlyDone(frames)) await beginAnew(frames);
  }

  /** Has the writer move the rest, so that it begins the log anew with its next batch. */
  async function beginAnew(before: LogFrames): Promise<void> {
    let last = before;
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const frames = await run("PASSIVE");
      // Where a reader holds up more than that, the writer would be held up for it.
      if (!frames || !isNearlyDone(frames)) return;
      const moved = frames.checkpointed - last.checkpointed;
      last = frames;
      if (moved < FINISH_FRAMES) break;
    }
    await finish().catch((error) => log.debug({ err: error }, "checkpoint left unfinished"));
  }

  async function beginAnewWithoutReaders(held: LogFrames): Promise<void> {
    const startedAt = performance.now();
    {
      const withinMs = Math.min(held.log * HOLD_MS_PER_FRAME, MAX_HOLD_MS);
      using hold = await untilClosing(options.hold({ withinMs, isUrgent: held.log >= URGENT_FROM_FRAMES }));
      if (hold) await beginAnew(held);
    }
    const endedAt = performance.now();
    holdAgainAt = endedAt + (endedAt - startedAt) * HOLD_PAUSE_FACTOR;
    log.debug({ frames: held.log, ms: endedAt - startedAt }, "reads held for the write-ahead log");
  }

  /** Null as soon as the checkpointer is closed, which waits for no reader. */
  async function untilClosing(holding: Promise<Disposable | null>): Promise<Disposable | null> {
    const hold = await Promise.race([holding, closing.promise]);
    if (hold === null) void holding.then((late) => late?.[Symbol.dispose]());
    return hold;
  }

  /** Null where something was in its way: the next look tries again, with a new Worker if this one died. */
  async function run(mode: CheckpointMode): Promise<LogFrames | null> {
    worker ??= startWorker();
    const reply = await worker.send({ kind: "checkpoint", path, mode });
    if (!("problem" in reply)) return reply;
    log.debug({ reason: reply.problem }, "checkpoint postponed");
    if (worker.hasEnded()) worker = undefined;
    return null;
  }

  /** One at a time: the Worker answers the last question that it was asked. */
  function oneAtATime(work: () => Promise<void>): Promise<void> {
    running ??= work()
      .catch((error) => log.warn({ err: error }, "the write-ahead log could not be checked"))
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const timer = setInterval(() => void oneAtATime(checkpoint), CHECK_EVERY_MS);
  timer.unref();

  return {
    async truncate() {
      let isDone = false;
      await running;
      await oneAtATime(async () => {
        // Most of it without the writer's lock.
        await run("PASSIVE");
        using _hold = await options.hold({ withinMs: CUT_HOLD_MS, isUrgent: false });
        isDone = (await run("TRUNCATE")) !== null;
      });
      return isDone;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      closing.resolve(null);
      await running;
      // What is left of the log goes into the file, so that the file alone is the database.
      const isLeft = fileSize(`${path}-wal`) > 0;
      if (!worker) {
        if (isLeft) truncateHere(path, log);
        return;
      }
      if (isLeft) await run("TRUNCATE");
      await worker?.send({ kind: "close" });
      worker?.terminate();
    },
  };
}

/** At the end of a process too short to have needed the Worker: a log as small as that takes no time. */
function truncateHere(path: string, log: Logger): void {
  const connection = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
  } catch (error) {
    log.debug({ err: error }, "checkpoint left to the next process");
  } finally {
    connection.close();
  }
}

interface CheckpointWorker {
  /** Resolves also when the Worker dies over it. */
  send(request: CheckpointRequest): Promise<CheckpointReply>;
  hasEnded(): boolean;
  terminate(): void;
}

function startWorker(): CheckpointWorker {
  const worker = new Worker(WORKER);
  let pending: PromiseWithResolvers<CheckpointReply> | undefined;
  let ended = false;
  const end = (cause: string) => {
    ended = true;
    pending?.resolve({ problem: cause });
  };
  worker.onerror = (event) => end(event.message);
  worker.addEventListener("close", () => end("The checkpoint worker has ended"));
  worker.onmessage = ({ data }: MessageEvent<CheckpointReply>) => pending?.resolve(data);
  return {
    send(request) {
      pending = Promise.withResolvers();
      worker.postMessage(request);
      return pending.promise;
    },
    hasEnded: () => ended,
    terminate: () => worker.terminate(),
  };
}

const isNearlyDone = ({ log, checkpointed }: LogFrames): boolean => log - checkpointed < FINISH_FRAMES;

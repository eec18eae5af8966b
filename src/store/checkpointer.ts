import Database from "libsql";
import type { Logger } from "../lib/log.ts";
import type { CheckpointMode, CheckpointReply, CheckpointRequest, LogFrames } from "./checkpoint-worker.ts";
import { fileSize } from "./observe-store.ts";

const CHECK_EVERY_MS = 200;

/** After so many looks at which nothing had been written, the log is cut. */
const QUIET_LOOKS = 10;

/** A log smaller than this is left alone while writes come in. */
const PASSIVE_ABOVE_BYTES = 1024 * 1024;

/** From so many pages on (16 MiB) the log is to be started over. */
const RESTART_FROM_FRAMES = 4_096;

/** Above this the log is cut, which makes writers wait for a moment. */
const TRUNCATE_ABOVE_BYTES = 256 * 1024 * 1024;

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
 * TRUNCATE when there were no writes for a while, and when the log has grown although (it cannot be
 * started over while readers hold it).
 */
export function startCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { path, commits, finish, log } = options;
  let lastCommits = -1;
  let quietLooks = 0;
  let worker: CheckpointWorker | undefined;
  let running: Promise<void> | undefined;

  async function checkpoint(): Promise<void> {
    quietLooks = commits() === lastCommits ? quietLooks + 1 : 0;
    lastCommits = commits();
    const mode = choose(fileSize(`${path}-wal`), quietLooks >= QUIET_LOOKS);
    if (mode === null) return;
    const frames = await run(mode);
    // Where a reader held up more than that, the writer would be held up for it.
    if (!frames || frames.log < RESTART_FROM_FRAMES || frames.checkpointed < frames.log) return;
    await finish().catch((error) => log.debug({ err: error }, "checkpoint left unfinished"));
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
        isDone = (await run("TRUNCATE")) !== null;
      });
      return isDone;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
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

function choose(size: number, isQuiet: boolean): CheckpointMode | null {
  if (size > TRUNCATE_ABOVE_BYTES) return "TRUNCATE";
  if (isQuiet) return size > 0 ? "TRUNCATE" : null;
  return size > PASSIVE_ABOVE_BYTES ? "PASSIVE" : null;
}

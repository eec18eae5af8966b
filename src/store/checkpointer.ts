import { statSync } from "node:fs";
import LibsqlDatabase from "libsql/promise";
import type { Logger } from "../lib/log.ts";

const CHECK_EVERY_MS = 200;

/** A log smaller than this is left alone while writes come in. */
const PASSIVE_ABOVE_BYTES = 1024 * 1024;

/** Above this the log is cut, which makes writers wait for a moment. */
const TRUNCATE_ABOVE_BYTES = 256 * 1024 * 1024;

export interface CheckpointerOptions {
  readonly path: string;
  /** How many batches this process has committed: tells writes from quiet. */
  readonly commits: () => number;
  readonly log: Logger;
}

interface CheckpointConnection {
  prepare(sql: string): Promise<{ all(args: readonly []): Promise<unknown> }>;
  close(): void;
}

/**
 * Moves the write-ahead log into the database file beside the writes, on a connection of its own
 * and off the main thread: a writer that checkpoints itself stops for it.
 *
 * PASSIVE while writes come in; TRUNCATE when there were none for a while, and when the log has
 * grown although (PASSIVE cannot start it over while readers hold it).
 */
export function startCheckpointer(options: CheckpointerOptions): AsyncDisposable {
  const { path, commits, log } = options;
  const connection = new LibsqlDatabase(path, { timeout: 100 }) as unknown as CheckpointConnection;
  let lastCommits = -1;
  let running: Promise<void> | undefined;

  async function checkpoint(): Promise<void> {
    const isQuiet = commits() === lastCommits;
    lastCommits = commits();
    const mode = choose(sizeOf(`${path}-wal`), isQuiet);
    if (mode !== null) await run(mode);
  }

  async function run(mode: "PASSIVE" | "TRUNCATE"): Promise<void> {
    try {
      const statement = await connection.prepare(`PRAGMA wal_checkpoint(${mode})`);
      await statement.all([]);
    } catch (error) {
      // A writer or reader is in the way: the next round tries again.
      log.debug({ err: error }, "checkpoint postponed");
    }
  }

  const timer = setInterval(() => {
    running ??= checkpoint().finally(() => {
      running = undefined;
    });
  }, CHECK_EVERY_MS);
  timer.unref();

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
      // What is left of the log goes into the file, so that the file alone is the database.
      await run("TRUNCATE");
      connection.close();
    },
  };
}

function choose(size: number, isQuiet: boolean): "PASSIVE" | "TRUNCATE" | null {
  if (size > TRUNCATE_ABOVE_BYTES) return "TRUNCATE";
  if (isQuiet) return size > 0 ? "TRUNCATE" : null;
  return size > PASSIVE_ABOVE_BYTES ? "PASSIVE" : null;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

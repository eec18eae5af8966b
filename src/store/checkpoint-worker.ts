import Database from "libsql";

/**
 * The Worker that moves the write-ahead log into the database file. A thread of its own: those of
 * `libsql/promise` are as many as there are cores, and long reads can have them all for minutes.
 */
declare const self: Worker;

/**
 * A checkpoint never waits within SQLite: one that cuts the log would hold the writer's lock while it
 * waits for readers, and a reader can stay for minutes. It is tried a few times instead.
 */
const BUSY_TIMEOUT_MS = 0;
const TRIES = 10;
const BETWEEN_TRIES_MS = 5;

export type CheckpointMode = "PASSIVE" | "TRUNCATE";

export type CheckpointRequest =
  | { readonly kind: "checkpoint"; readonly path: string; readonly mode: CheckpointMode }
  | { readonly kind: "close" };

/** How the log was found. */
export interface LogFrames {
  /** Pages in the log, newer copies of the same page included. */
  readonly log: number;
  /** The first of them that the file has now. */
  readonly checkpointed: number;
}

/** What the checkpoint came to, or what was in its way. */
export type CheckpointReply = LogFrames | { readonly problem: string };

let connection: Database.Database | undefined;

self.onmessage = ({ data }: MessageEvent<CheckpointRequest>) => {
  let reply: CheckpointReply = { log: 0, checkpointed: 0 };
  try {
    if (data.kind === "close") {
      connection?.close();
    } else {
      connection ??= new Database(data.path, { timeout: BUSY_TIMEOUT_MS });
      reply = checkpoint(connection, data.mode) ?? { problem: "A writer or a reader is in the way" };
    }
  } catch (error) {
    reply = { problem: String(error) };
  }
  self.postMessage(reply);
};

/** @returns null where it could not be done as far as its mode goes. */
function checkpoint(database: Database.Database, mode: CheckpointMode): LogFrames | null {
  const statement = database.prepare(`PRAGMA wal_checkpoint(${mode})`);
  for (let attempt = 1; ; attempt++) {
    const { busy, log, checkpointed } = statement.get() as LogFrames & { busy: number };
    if (busy === 0 || mode === "PASSIVE") return { log, checkpointed };
    if (attempt === TRIES) return null;
    Bun.sleepSync(BETWEEN_TRIES_MS);
  }
}

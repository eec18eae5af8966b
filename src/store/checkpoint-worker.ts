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

/** Null when it was done as far as it went, else what was in its way. */
export type CheckpointReply = string | null;

let connection: Database.Database | undefined;

self.onmessage = ({ data }: MessageEvent<CheckpointRequest>) => {
  let reply: CheckpointReply = null;
  try {
    if (data.kind === "close") {
      connection?.close();
    } else {
      connection ??= new Database(data.path, { timeout: BUSY_TIMEOUT_MS });
      if (!checkpoint(connection, data.mode)) reply = "A writer or a reader is in the way";
    }
  } catch (error) {
    reply = String(error);
  }
  self.postMessage(reply);
};

/** @returns whether it was done as far as its mode goes. */
function checkpoint(database: Database.Database, mode: CheckpointMode): boolean {
  const statement = database.prepare(`PRAGMA wal_checkpoint(${mode})`);
  for (let attempt = 1; ; attempt++) {
    const { busy } = statement.get() as { busy: number };
    if (busy === 0 || mode === "PASSIVE") return true;
    if (attempt === TRIES) return false;
    Bun.sleepSync(BETWEEN_TRIES_MS);
  }
}

import Database from "libsql";

/**
 * The Worker that moves the write-ahead log into the database file. A thread of its own: those of
 * `libsql/promise` are as many as there are cores, and long reads can have them all for minutes.
 */
declare const self: Worker;

/** How long a checkpoint waits for a writer or a reader that is in its way. */
const BUSY_TIMEOUT_MS = 100;

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
      const [result] = connection.prepare(`PRAGMA wal_checkpoint(${data.mode})`).all() as { busy: number }[];
      if (data.mode === "TRUNCATE" && result?.busy !== 0) reply = "a reader or writer is in the way";
    }
  } catch (error) {
    reply = String(error);
  }
  self.postMessage(reply);
};

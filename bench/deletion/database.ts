import { Database } from "bun:sqlite";

/** The purge of all that waits is due at once. The server must not run. */
export function makeDue(database: string): void {
  using db = new Database(database);
  db.run("UPDATE deletions SET purge_at = 1");
  db.run("DELETE FROM pending_deletions");
  db.run("INSERT INTO pending_deletions SELECT 1, sum(events - restored - purged) FROM deletions");
}

/** Whether a server, which is another process, still overwrites what is left of removed events. */
export function isReclaiming(database: string): boolean {
  using db = new Database(database, { readonly: true });
  return db.query("SELECT 1 FROM kv WHERE key = 'reclaim'").get() !== null;
}

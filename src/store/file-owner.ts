import { chownSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Gives a file that root has made to the owner of the database it stands beside, whose server has to
 * open it later. Where that is not allowed it stays root's.
 */
export function giveToOwner(file: string, database: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(database, { throwIfNoEntry: false }) ?? statSync(dirname(database));
  const current = statSync(file);
  if (current.uid === uid && current.gid === gid) return;
  try {
    chownSync(file, uid, gid);
  } catch {
    // A container may have taken this right from root.
  }
}

import { copyFileSync, existsSync, linkSync, realpathSync, renameSync, rmSync } from "node:fs";
import { openAsync, readCell } from "./async-database.ts";
import { claimDatabase, lockDatabase } from "./file-lock.ts";
import { DatabaseUnusableError, explain } from "./prepare-file.ts";
import { classifyFailure } from "./write-failure.ts";

/**
 * Keeps every other process of ours away from a database, to put another file in its place.
 *
 * @throws `DatabaseInUseError` while a server or a command has it open.
 */
export function takeOverDatabase(path: string): Disposable {
  using taken = new DisposableStack();
  try {
    taken.use(lockDatabase(path));
    taken.use(claimDatabase(path));
  } catch (error) {
    if (error instanceof Error && error.name === "DatabaseInUseError") throw error;
    throw explain(path, error);
  }
  return taken.move();
}

/** Where the file of a database really is: a link to it must go on leading to it. */
export const placeOf = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

/**
 * Moves what the log of a database holds into its file, which then is all there is of it: a log that
 * lies beside another file would be taken for that one's.
 *
 * @returns false for a file that is too damaged to be opened.
 * @throws `DatabaseUnusableError` while another program has it open.
 */
export async function settleDatabase(path: string): Promise<boolean> {
  const database = openAsync(path);
  try {
    const mode = await readCell(database, "PRAGMA journal_mode = DELETE");
    if (mode === "delete") return true;
    throw inUse(path);
  } catch (error) {
    if (error instanceof DatabaseUnusableError) throw error;
    if (classifyFailure(error).failure === "busy") throw inUse(path, error);
    if (isDamage(error)) return false;
    throw explain(path, error);
  } finally {
    database.close();
  }
}

const isDamage = (error: unknown): boolean => /NOTADB|CORRUPT|not a database|malformed/i.test(String(error));

const inUse = (path: string, cause?: unknown): DatabaseUnusableError =>
  new DatabaseUnusableError(`The database ${path} is open in another program; stop that first.`, cause);

/**
 * Gives the file of a database a second name, under which it stays when the first one goes to
 * another file, and takes away what lies beside it: its log, where it could not be settled, comes along.
 */
export function putAside(path: string, aside: string): void {
  if (existsSync(path)) addName(path, aside);
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  for (const suffix of ["-shm", "-journal"]) rmSync(`${path}${suffix}`, { force: true });
}

function addName(path: string, aside: string): void {
  try {
    linkSync(path, aside);
  } catch {
    // Some file systems have no links.
    copyFileSync(path, aside);
  }
}

import { chmodSync, statSync } from "node:fs";
import { type AsyncDatabase, openAsync, readCell } from "./async-database.ts";
import { measureDisk } from "./disk-space.ts";
import { giveToOwner } from "./file-owner.ts";
import { type DatabaseFacts, inspectSound } from "./inspect-database.ts";
import { DatabaseUnusableError, explain } from "./prepare-file.ts";
import { beginFile, type UnfinishedFile } from "./unfinished-file.ts";

/** How whoever waits for a copy follows it. */
export interface CopyHooks {
  /** What is under way, and which part of it is done (0 to 1; null: nobody knows), a few times a second. */
  readonly onProgress: (what: "copying" | "checking", part: number | null) => void;
  /** Told first, so that an end by force can remove what is not finished. */
  readonly onBegin: (unfinished: Disposable) => void;
}

export interface CopyOptions extends CopyHooks {
  /** A database file that may be in use, also by writers. */
  readonly from: string;
  readonly to: string;
  /** How the names of other copies begin, whose unfinished ones are removed. */
  readonly family?: string;
  /** In WAL mode, as a database that is in use has to be; a copy that lies somewhere needs no side files. */
  readonly isLive: boolean;
}

/** A complete copy that has not got its name yet. */
export interface DatabaseCopy extends Disposable {
  readonly facts: DatabaseFacts;
  /** Puts it in the place of whatever is there. */
  finish(): void;
}

const PROGRESS_EVERY_MS = 200;

/**
 * Copies a database as it is at one moment, without its free space, and looks the copy through.
 * It holds every event that was acknowledged before the call.
 *
 * `VACUUM INTO` reads one snapshot; neither writers nor readers wait for it.
 *
 * @throws `DatabaseUnusableError` where the source cannot be read, the copy cannot be written, or is not sound.
 */
export async function copyDatabase(options: CopyOptions): Promise<DatabaseCopy> {
  const { from, to, isLive, onProgress } = options;
  const unfinished = begin(options);
  options.onBegin(unfinished);
  try {
    await vacuumInto(from, unfinished.path, (part) => onProgress("copying", part));
    chmodSync(unfinished.path, statSync(from).mode & 0o777);
    giveToOwner(unfinished.path, to);
    onProgress("checking", null);
    const facts = await inspectSound(unfinished.path, `The copy of ${from}`);
    if (isLive) await switchToLog(unfinished.path);
    return { facts, finish: unfinished.finish, [Symbol.dispose]: unfinished[Symbol.dispose] };
  } catch (error) {
    unfinished[Symbol.dispose]();
    throw explain(from, error);
  }
}

function begin({ to, family }: CopyOptions): UnfinishedFile {
  try {
    return beginFile(to, family);
  } catch (error) {
    throw new DatabaseUnusableError(`The file ${to} cannot be written: ${(error as Error).message}.`, error);
  }
}

async function vacuumInto(from: string, to: string, onProgress: (part: number) => void): Promise<void> {
  const database = openAsync(from);
  let timer: Timer | undefined;
  try {
    const bytes = await measureUsed(database);
    if ((await measureDisk(to)).free < bytes) throw noSpace(to);
    const show = () => onProgress(Math.min(1, statSync(to).size / Math.max(1, bytes)));
    show();
    timer = setInterval(show, PROGRESS_EVERY_MS);
    await database.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
  } catch (error) {
    throw /SQLITE_FULL|disk is full/i.test(String(error)) ? noSpace(to, error) : error;
  } finally {
    clearInterval(timer);
    database.close();
  }
}

/** How large a copy will be, in bytes. */
async function measureUsed(database: AsyncDatabase): Promise<number> {
  const number = async (pragma: string) => Number(await readCell(database, `PRAGMA ${pragma}`));
  return ((await number("page_count")) - (await number("freelist_count"))) * (await number("page_size"));
}

const noSpace = (path: string, cause?: unknown): DatabaseUnusableError =>
  new DatabaseUnusableError(`The disk of ${path} has not enough space for a copy.`, cause);

/** The last connection to the copy: no statement of it is left to keep the log's files open. */
async function switchToLog(path: string): Promise<void> {
  const database = openAsync(path);
  try {
    await database.exec("PRAGMA journal_mode = WAL");
  } finally {
    database.close();
  }
}

import { closeSync, constants, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { randomLetters } from "../lib/base62.ts";
import { tryLock } from "./file-lock.ts";

/** A file that is being made: it gets its name when it is complete and on disk. */
export interface UnfinishedFile extends Disposable {
  /** Where it is meanwhile, in the folder where it will be; empty at first. */
  readonly path: string;
  /** Syncs it and gives it its name, in place of what had it: at every moment, the name is that of a whole file. */
  finish(): void;
}

const SUFFIX = ".unfinished";

/** What SQLite puts beside a database. */
const SIDE_FILES = ["-wal", "-shm", "-journal"] as const;

/**
 * Begins a file that will be `path`; removed when it is disposed of without having been finished.
 * What processes that were killed have left of earlier ones is removed as well: nobody locks it any more.
 *
 * @param family how the names of those begin.
 */
export function beginFile(path: string, family = `${basename(path)}.`): UnfinishedFile {
  for (const leftover of findUnfinished(dirname(path), family)) removeLeftover(leftover);
  const unfinished = `${path}.${randomLetters(8)}${SUFFIX}`;
  const descriptor = openSync(unfinished, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  tryLock(descriptor, "exclusive");
  let isOpen = true;
  function close(): void {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  }
  return {
    path: unfinished,
    finish() {
      fsyncSync(descriptor);
      renameSync(unfinished, path);
      syncFolder(path);
      close();
    },
    [Symbol.dispose]() {
      if (isOpen) removeDatabase(unfinished);
      close();
    },
  };
}

/** Makes sure that a new name of `path` survives a power cut. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Files in `folder` whose names begin with `family` and that never got their own. */
function findUnfinished(folder: string, family: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(family) && /\.[0-9A-Za-z]{8}\.unfinished$/.test(name))
    .map((name) => join(folder, name));
}

function removeLeftover(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    if (tryLock(descriptor, "exclusive")) removeDatabase(path);
  } finally {
    closeSync(descriptor);
  }
}

/** The file itself last: by its name the others are found again. */
function removeDatabase(path: string): void {
  for (const suffix of [...SIDE_FILES, ""]) rmSync(`${path}${suffix}`, { force: true });
}

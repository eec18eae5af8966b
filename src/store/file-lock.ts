import { closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { loadFromC } from "../lib/c-library.ts";
import { giveToOwner } from "./file-owner.ts";

const LOCK_SHARED = 1;
const LOCK_EXCLUSIVE = 2;
const LOCK_NON_BLOCKING = 4;

/** How often a server tries to lock its database, a ms apart: a command that looks for a server holds the lock for some µs. */
const LOCK_TRIES = 50;

/** Another process of ours has the database open. */
export class DatabaseInUseError extends Error {
  /** @param holder who that is, in words. */
  constructor(path: string, holder: string) {
    super(`The database ${path} is in use by ${holder}.`);
    this.name = "DatabaseInUseError";
  }
}

function loadFlock(): (descriptor: number, operation: number) => number {
  const { flock } = loadFromC({ flock: { args: ["i32", "i32"], returns: "i32" } }, "the database cannot be locked");
  return flock;
}

/** Locks an open file until it is closed, by this process or by its end; false while another holds it otherwise. */
export function tryLock(descriptor: number, kind: "shared" | "exclusive"): boolean {
  const operation = kind === "shared" ? LOCK_SHARED : LOCK_EXCLUSIVE;
  return loadFlock()(descriptor, operation | LOCK_NON_BLOCKING) === 0;
}

/**
 * Locks `<path>.lock` for as long as this process lives: the one server of a database.
 *
 * The operating system's lock, never a row in the database: a backup would copy a row, and a crash
 * would leave it. The file itself stays: removing it would let two processes lock two files of one name.
 *
 * @throws {@link DatabaseInUseError} while another process, or another server of this one, holds it.
 */
export function lockDatabase(path: string): Disposable {
  const descriptor = openLockFile(`${path}.lock`, path, constants.O_RDWR);
  if (!tryLockSoon(descriptor)) {
    const holder = readFileSync(`${path}.lock`, "utf8").trim() || "unknown";
    closeSync(descriptor);
    throw new DatabaseInUseError(path, `another Footfall server (process ${holder})`);
  }
  ftruncateSync(descriptor, 0);
  writeSync(descriptor, `${process.pid}\n`);
  return closing(descriptor);
}

function tryLockSoon(descriptor: number): boolean {
  for (let attempt = 1; attempt < LOCK_TRIES; attempt++) {
    if (tryLock(descriptor, "exclusive")) return true;
    Bun.sleepSync(1);
  }
  return tryLock(descriptor, "exclusive");
}

/** Whether a server has locked the database. */
export function isServed(path: string): boolean {
  if (!existsSync(`${path}.lock`)) return false;
  const descriptor = openLockFile(`${path}.lock`, path, constants.O_RDONLY);
  try {
    return !tryLock(descriptor, "shared");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Keeps the file of a database in its place for as long as this process has it open: whoever writes
 * to a file that another one has taken the place of, writes for nobody.
 *
 * @throws {@link DatabaseInUseError} while another process replaces the file.
 */
export function holdDatabase(path: string): Disposable {
  return holdOpen(path, "shared", "a Footfall command that replaces it");
}

/**
 * The right to replace the file of a database.
 *
 * @throws {@link DatabaseInUseError} while another process has it open.
 */
export function claimDatabase(path: string): Disposable {
  return holdOpen(path, "exclusive", "another Footfall command");
}

function holdOpen(path: string, kind: "shared" | "exclusive", holder: string): Disposable {
  const descriptor = openLockFile(`${path}.open`, path, constants.O_RDONLY);
  if (tryLock(descriptor, kind)) return closing(descriptor);
  closeSync(descriptor);
  throw new DatabaseInUseError(path, holder);
}

/** Made where it is missing. */
function openLockFile(file: string, path: string, access: number): number {
  const descriptor = openSync(file, access | constants.O_CREAT, 0o644);
  giveToOwner(file, path);
  return descriptor;
}

function closing(descriptor: number): Disposable {
  let isOpen = true;
  return {
    [Symbol.dispose]() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

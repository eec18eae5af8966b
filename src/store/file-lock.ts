import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { loadFromC } from "./c-library.ts";

const LOCK_EXCLUSIVE = 2;
const LOCK_NON_BLOCKING = 4;

/** Another server has the database open. */
export class DatabaseInUseError extends Error {
  constructor(path: string, holder: string) {
    super(`The database ${path} is in use by another Footfall server (process ${holder}).`);
    this.name = "DatabaseInUseError";
  }
}

function loadFlock(): (descriptor: number, operation: number) => number {
  const { flock } = loadFromC({ flock: { args: ["i32", "i32"], returns: "i32" } }, "the database cannot be locked");
  return flock;
}

/**
 * Locks `<path>.lock` for as long as this process lives.
 *
 * The operating system's lock, never a row in the database: a backup would copy a row, and a crash
 * would leave it. The file itself stays: removing it would let two processes lock two files of one name.
 *
 * @throws {@link DatabaseInUseError} while another process, or another server of this one, holds it.
 */
export function lockDatabase(path: string): Disposable {
  const descriptor = openSync(`${path}.lock`, "a+");
  if (loadFlock()(descriptor, LOCK_EXCLUSIVE | LOCK_NON_BLOCKING) !== 0) {
    const holder = readFileSync(`${path}.lock`, "utf8").trim() || "unknown";
    closeSync(descriptor);
    throw new DatabaseInUseError(path, holder);
  }
  ftruncateSync(descriptor, 0);
  writeSync(descriptor, `${process.pid}\n`);
  let held = true;
  return {
    [Symbol.dispose]() {
      if (held) closeSync(descriptor);
      held = false;
    },
  };
}

import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import type { RejectedLine } from "../domain/import-events.ts";

/** Keeps the lines that could not be imported, with their reasons, one JSON object per line. */
export interface RejectedFile extends Disposable {
  add(rejected: RejectedLine): void;
  /** Where they are; null when there are none, or when they could not be written. */
  path(): string | null;
}

/**
 * The file is made with the first rejected line; one of an earlier run is removed.
 *
 * @param onProblem told once when it cannot be written; the lines are then only counted.
 */
export function createRejectedFile(path: string, onProblem: (problem: string) => void): RejectedFile {
  let descriptor: number | null = null;
  let isBroken = false;

  function attempt(action: () => void): void {
    if (isBroken) return;
    try {
      action();
    } catch (error) {
      isBroken = true;
      onProblem(`${path} cannot be written (${(error as Error).message}): rejected lines are only counted`);
    }
  }

  attempt(() => rmSync(path, { force: true }));
  return {
    add(rejected) {
      attempt(() => {
        descriptor ??= openSync(path, "w");
        writeSync(descriptor, `${JSON.stringify(rejected)}\n`);
      });
    },
    path: () => (descriptor === null || isBroken ? null : path),
    [Symbol.dispose]() {
      if (descriptor !== null) closeSync(descriptor);
    },
  };
}

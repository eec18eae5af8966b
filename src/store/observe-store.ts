import { statSync } from "node:fs";
import { AppError } from "../domain/errors.ts";
import type { ReadOutcome, StoreObserver } from "../domain/observers.ts";
import type { ReadCell } from "./event-reader.ts";

/** Passes on to all that have been added; to nobody, costs nothing. */
export interface Observers extends StoreObserver {
  add(observer: StoreObserver): void;
}

export function createObservers(): Observers {
  const all: StoreObserver[] = [];
  return {
    add: (observer) => void all.push(observer),
    committed(commit) {
      for (const observer of all) observer.committed(commit);
    },
    readEnded(outcome) {
      for (const observer of all) observer.readEnded(outcome);
    },
  };
}

/** Reads that are told of when they end, and counted while they run or wait. */
export function observeReads(read: ReadCell, observer: StoreObserver): { read: ReadCell; underWay: () => number } {
  let underWay = 0;
  return {
    underWay: () => underWay,
    async read(sql, args, hints) {
      underWay += 1;
      let outcome: ReadOutcome = "done";
      try {
        return await read(sql, args, hints);
      } catch (error) {
        outcome = outcomeOf(error);
        throw error;
      } finally {
        underWay -= 1;
        observer.readEnded(outcome);
      }
    },
  };
}

function outcomeOf(error: unknown): ReadOutcome {
  const code = error instanceof AppError ? error.code : null;
  if (code === "deadline_exceeded") return "expired";
  return code === "overloaded" ? "refused" : "failed";
}

/** In bytes; 0 for a file that is not there. */
export const fileSize = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

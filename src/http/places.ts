import { AppError } from "../domain/errors.ts";

/** A bounded number of places for what takes long. */
export interface Places {
  /** @throws `overloaded` when all are taken. */
  take(): Disposable;
}

/** @param what takes them: `exports`. */
export function createPlaces(total: number, what: string): Places {
  let taken = 0;
  return {
    take() {
      if (taken >= total) {
        throw new AppError("overloaded", `There are ${total} ${what} already; try again later`, { retryAfter: 5 });
      }
      taken += 1;
      let isTaken = true;
      return {
        [Symbol.dispose]() {
          if (isTaken) taken -= 1;
          isTaken = false;
        },
      };
    },
  };
}

import { tooSlow } from "./read-failure.ts";
import { overloaded } from "./write-failure.ts";

/** A number of places for reads, and a bounded queue of those that wait for one. */
export interface Places {
  taken(): number;
  /**
   * Waits for a place.
   *
   * @param expiresAt when the wait ends in vain, by `performance.now()`.
   * @throws `overloaded` when too many wait already, `deadline_exceeded` when it took too long.
   */
  take(expiresAt: number): Promise<void>;
  /** Hands the place on to the one that waits longest. */
  giveBack(): void;
  refuseWaiting(reason: () => Error): void;
}

export function createPlaces(total: number, maxWaiting: number): Places {
  const waiting = new Set<PromiseWithResolvers<void>>();
  let taken = 0;
  return {
    taken: () => taken,
    async take(expiresAt) {
      if (taken < total) {
        taken += 1;
        return;
      }
      if (waiting.size >= maxWaiting) throw overloaded("Too many reads are waiting");
      const turn = Promise.withResolvers<void>();
      waiting.add(turn);
      const timer = setTimeout(() => {
        if (waiting.delete(turn)) turn.reject(tooSlow());
      }, expiresAt - performance.now());
      await turn.promise.finally(() => clearTimeout(timer));
    },
    giveBack() {
      const [next] = waiting;
      if (!next) {
        taken -= 1;
        return;
      }
      waiting.delete(next);
      next.resolve();
    },
    refuseWaiting(reason) {
      for (const turn of waiting) turn.reject(reason());
      waiting.clear();
    },
  };
}

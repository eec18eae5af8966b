import { overloaded } from "./write-failure.ts";

/** A number of places for reads, and a bounded queue of those that wait for one. */
export interface Places {
  taken(): number;
  /**
   * Waits for a place.
   *
   * @throws `overloaded` when too many wait already, or it took too long.
   */
  take(): Promise<void>;
  /** Hands the place on to the one that waits longest. */
  giveBack(): void;
  refuseWaiting(reason: () => Error): void;
}

/** How long a long read may wait for its turn. */
export const MAX_WAIT_MS = 10_000;

export interface PlacesOptions {
  readonly total: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

export function createPlaces({ total, maxWaiting, maxWaitMs }: PlacesOptions): Places {
  const waiting = new Set<PromiseWithResolvers<void>>();
  let taken = 0;
  return {
    taken: () => taken,
    async take() {
      if (taken < total) {
        taken += 1;
        return;
      }
      if (waiting.size >= maxWaiting) throw crowded();
      const turn = Promise.withResolvers<void>();
      waiting.add(turn);
      const timer = setTimeout(() => {
        if (waiting.delete(turn)) turn.reject(crowded());
      }, maxWaitMs);
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

const crowded = () => overloaded("Too many long reads are waiting");

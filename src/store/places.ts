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
  /**
   * Gives out no place, waits until none is taken, and goes on giving out none until the result is disposed of.
   * One at a time.
   *
   * @returns null, with all as before, where that took too long, or too many wait for it.
   */
  holdAll(hold: Hold): Promise<Disposable | null>;
}

/** How much it matters that nobody has a place for once. */
export interface Hold {
  /** How long those that have one may take to give it back. */
  readonly withinMs: number;
  /** Whether those that come in the meantime may be refused for it: else it is given up when half of those wait that may. */
  readonly isUrgent: boolean;
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
  let isHeld = false;
  /** Told when no place is taken any more. */
  let onEmpty: (() => void) | undefined;
  /** Told when half of those wait that may. */
  let onCrowded: (() => void) | undefined;

  const isCrowded = (): boolean => waiting.size * 2 > maxWaiting;

  function handOut(): void {
    while (!isHeld && taken < total) {
      const [next] = waiting;
      if (!next) return;
      waiting.delete(next);
      taken += 1;
      next.resolve();
    }
  }

  function release(): void {
    isHeld = false;
    handOut();
  }

  return {
    taken: () => taken,
    async take() {
      if (!isHeld && taken < total) {
        taken += 1;
        return;
      }
      if (waiting.size >= maxWaiting) throw crowded();
      const turn = Promise.withResolvers<void>();
      waiting.add(turn);
      if (isCrowded()) onCrowded?.();
      const timer = setTimeout(() => {
        if (waiting.delete(turn)) turn.reject(crowded());
      }, maxWaitMs);
      await turn.promise.finally(() => clearTimeout(timer));
    },
    giveBack() {
      taken -= 1;
      handOut();
      if (taken === 0) onEmpty?.();
    },
    refuseWaiting(reason) {
      for (const turn of waiting) turn.reject(reason());
      waiting.clear();
    },
    async holdAll({ withinMs, isUrgent }) {
      if (isCrowded() && !isUrgent) return null;
      isHeld = true;
      const emptied = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => emptied.resolve(false), withinMs);
      onEmpty = () => emptied.resolve(true);
      if (!isUrgent) onCrowded = () => emptied.resolve(false);
      const isEmpty = taken === 0 || (await emptied.promise);
      clearTimeout(timer);
      onEmpty = undefined;
      onCrowded = undefined;
      if (isEmpty) return { [Symbol.dispose]: release };
      release();
      return null;
    },
  };
}

const crowded = () => overloaded("Too many long reads are waiting");

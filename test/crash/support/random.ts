/** Random numbers that can be had again: the same seed gives the same sequence. */
export interface Random {
  /** A whole number from `min` to `max`, both inclusive. */
  between(min: number, max: number): number;
  /** One of `items`; undefined when there are none. */
  pick<T>(items: readonly T[]): T | undefined;
  /** A generator of its own, so that concurrent users do not change each other's sequence. */
  fork(): Random;
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    between,
    pick: (items) => items[between(0, items.length - 1)],
    fork: () => createRandom(between(0, 2 ** 32 - 1)),
  };
}

/** `FOOTFALL_CRASH_SEED`, or a new one. Tests print it, so that a failing run can be repeated. */
export function chooseSeed(): number {
  const given = process.env.FOOTFALL_CRASH_SEED;
  return given ? Number(given) : Math.floor(Math.random() * 2 ** 32);
}

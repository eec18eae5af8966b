/** Where the time comes from. Injected everywhere, so that tests can stop it and turn it back. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May jump in either direction. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Ms since some moment. Never jumps, whatever is done to the clock; may stand still while the machine sleeps. */
export type SteadyTime = () => number;

export const systemSteadyTime: SteadyTime = () => performance.now();

export const MS_PER_SECOND = 1000;
export const MS_PER_DAY = 86_400_000;

/** The UTC day of a time in ms, in days since 1970. */
export const dayOf = (ms: number): number => Math.floor(ms / MS_PER_DAY);

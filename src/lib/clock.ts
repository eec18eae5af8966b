/** Where the time comes from. Injected everywhere, so that tests can stop it and turn it back. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May jump in either direction. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

export const MS_PER_SECOND = 1000;
export const MS_PER_DAY = 86_400_000;

import type { Clock } from "./clock.ts";
import { createSteadyTime } from "./steady-time.ts";
import { createTimeTable } from "./time-table.ts";

/** At most `limit` units at once, and another one every `windowMs / limit`. */
export interface Rate {
  readonly limit: number;
  readonly windowMs: number;
}

/** What a client may still take. Times count from now, in ms. */
export interface Allowance {
  readonly isAllowed: boolean;
  /** How many units it may take at once. */
  readonly remaining: number;
  /** Until what was asked for is allowed: 0 where it is, Infinity where it is more than the limit. */
  readonly retryMs: number;
  /** Until it may take one more than `remaining`: 0 where that is the limit. */
  readonly nextMs: number;
  /** Until it may take as many as the limit is. */
  readonly resetMs: number;
}

/** Counts units by key, each key at the rate that is named with it. */
export interface RateLimiter {
  /** Takes all of the units, or none where they are not allowed. */
  take(key: string, rate: Rate, units?: number): Allowance;
  /** The same answer, without taking anything. */
  peek(key: string, rate: Rate): Allowance;
}

/** Sums of fractions are not exact; far below what one unit takes at any rate that is used. */
const ROUNDING_MS = 1e-3;

/** Room for a million clients that all come at once, and as many again: 24 MiB where there are so many. */
const CAPACITY = 2 ** 21;

/**
 * The generic cell rate algorithm, for as many keys as there are, in bounded memory.
 *
 * Of each key one number is kept: the time at which all it has taken would have been handed out at an
 * even pace. There is no window, so there is no edge at which two bursts could meet. A key whose time has
 * passed is like one that was never seen, so nothing has to be cleaned up.
 *
 * @param capacity how many keys are kept, a power of 2 from 8 on; with more, who has taken least is forgotten.
 */
export function createRateLimiter({ clock, capacity = CAPACITY }: { clock: Clock; capacity?: number }): RateLimiter {
  const steadyTime = createSteadyTime(clock);
  const table = createTimeTable(capacity);

  function take(key: string, rate: Rate, units: number): Allowance {
    const now = steadyTime();
    const debtMs = table.get(key, now) - now;
    const wantedMs = debtMs + (units * rate.windowMs) / rate.limit;
    if (wantedMs > rate.windowMs + ROUNDING_MS) {
      return { ...allowanceOf(rate, debtMs), isAllowed: false, retryMs: retryOf(rate, units, wantedMs) };
    }
    if (units > 0) table.set(key, now + wantedMs, now);
    return allowanceOf(rate, wantedMs);
  }

  return {
    take: (key, rate, units = 1) => take(key, rate, units),
    peek: (key, rate) => take(key, rate, 0),
  };
}

const retryOf = ({ limit, windowMs }: Rate, units: number, wantedMs: number): number =>
  units > limit ? Number.POSITIVE_INFINITY : wantedMs - windowMs;

/** @param debtMs how long handing out what was taken goes on at an even pace. */
function allowanceOf({ limit, windowMs }: Rate, debtMs: number): Allowance {
  const unitMs = windowMs / limit;
  const remaining = Math.max(0, Math.floor((windowMs - debtMs + ROUNDING_MS) / unitMs));
  return {
    isAllowed: true,
    remaining,
    retryMs: 0,
    nextMs: remaining < limit ? debtMs + (remaining + 1) * unitMs - windowMs : 0,
    resetMs: debtMs,
  };
}

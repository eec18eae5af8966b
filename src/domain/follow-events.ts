import type { StoredEvent } from "./event.ts";
import type { Position } from "./page.ts";
import type { Arrivals, EventFilter, EventReader } from "./ports.ts";

export interface FollowQuery {
  readonly filter: EventFilter;
  /** Only what arrived after it. */
  readonly after: Position;
  /** Asked before every look: whether the one who follows may still see the events. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What has come in since the last step. */
export interface FollowStep {
  /** In order of arrival; empty where nothing came for a while. */
  readonly events: readonly StoredEvent[];
  /** Everything up to here has been looked at. */
  readonly position: Position;
}

/**
 * The events that match, as they come in, in order of arrival, without an end. Of one process that
 * stores events each of them exactly once; those of other processes are found as well, unless one
 * with a larger id came first.
 *
 * A step is made when it is asked for: who takes them slowly falls behind, and misses nothing.
 *
 * @throws what {@link EventReader.scanEvents} throws.
 */
export type FollowEvents = (query: FollowQuery) => AsyncGenerator<FollowStep, void, void>;

export interface FollowTiming {
  /** Longest time without a step, in ms. */
  readonly heartbeatMs: number;
  /** Longest time without a look, in ms: other processes do not tell what they store. */
  readonly pollMs: number;
  /** Shortest time between two looks, in ms: a busy writer stores some hundred times a second. */
  readonly pauseMs: number;
}

export const FOLLOW_TIMING: FollowTiming = { heartbeatMs: 15_000, pollMs: 1_000, pauseMs: 50 };

export function createFollowEvents(deps: {
  reader: Pick<EventReader, "scanEvents">;
  arrivals: Arrivals;
  timing: FollowTiming;
}): FollowEvents {
  const { reader, arrivals, timing } = deps;
  return async function* followEvents({ filter, after, mayGoOn, signal }) {
    let position = after;
    let steppedAt = performance.now();
    using alarm = createAlarm(signal);
    using _ = arrivals.onStored(alarm.ring);
    while (!signal.aborted && (await mayGoOn())) {
      alarm.reset();
      const lookedAt = performance.now();
      const { events, next } = await reader.scanEvents({ filter, order: "received", after: position });
      position = next ?? position;
      if (events.length > 0 || performance.now() - steppedAt >= timing.heartbeatMs) {
        steppedAt = performance.now();
        yield { events, position };
      }
      if (next !== null) continue;
      const now = performance.now();
      await alarm.rung(Math.min(timing.pollMs, steppedAt + timing.heartbeatMs - now));
      await alarm.silence(lookedAt + timing.pauseMs - performance.now());
    }
  };
}

/** Something that rings, and ways to wait; both end at once when `signal` is aborted. */
function createAlarm(signal: AbortSignal) {
  let isRinging = false;
  let wakeAtRing = () => {};
  let wake = () => {};
  const stop = () => wake();
  signal.addEventListener("abort", stop);

  async function wait(ms: number, untilRing: boolean): Promise<void> {
    if (ms <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    wake = resolve;
    wakeAtRing = untilRing ? resolve : () => {};
    await promise;
    clearTimeout(timer);
  }

  return {
    ring(): void {
      isRinging = true;
      wakeAtRing();
    },
    reset(): void {
      isRinging = false;
    },
    /** Resolves when it has rung since it was reset, at the latest after `ms`. */
    rung: async (ms: number): Promise<void> => (isRinging ? undefined : wait(ms, true)),
    /** Resolves after `ms`, however often it rings. */
    silence: (ms: number): Promise<void> => wait(ms, false),
    [Symbol.dispose](): void {
      signal.removeEventListener("abort", stop);
    },
  };
}

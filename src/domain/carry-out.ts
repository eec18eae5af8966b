import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { CHUNK_EVENTS, type Deletion, isUnderWay } from "./deletion.ts";
import type { DeletionStore, DeletionWork, WalkPosition } from "./deletion-ports.ts";

/** Carries out what has been accepted: marks, removes or brings back the events of large deletions. */
export interface CarryOut {
  /** Until nothing is left, or it is aborted; what is left then is done by the next run, of whichever process. */
  run(signal: AbortSignal): Promise<void>;
  /** The same for good: waits for more, also from other processes. */
  runOn(signal: AbortSignal): Promise<void>;
  /** Something has been accepted. */
  wake(): void;
  /** The deletion when it is no longer under way, or as it is after `withinMs`. */
  settled(id: number, withinMs: number): Promise<Deletion>;
}

/** How often it is asked for what other processes have accepted, or done, in ms. */
const LOOK_EVERY_MS = 500;

/** After a failure, in ms. */
const RETRY_AFTER_MS = 1_000;

/** @param pause waits between two chunks, given how long the last one took in ms, so that others get their turn. */
export function createCarryOut(deps: {
  deletions: DeletionStore;
  deletionWork: DeletionWork;
  clock: Clock;
  log: Logger;
  pause: (lastMs: number) => Promise<void>;
}): CarryOut {
  const { deletions, deletionWork: work, clock, log, pause } = deps;
  let woken = Promise.withResolvers<void>();
  let finished = Promise.withResolvers<void>();

  async function chunk(action: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await action();
    await pause(performance.now() - startedAt);
  }

  async function finish(deletion: Deletion): Promise<void> {
    await work.finish(deletion, clock.now());
    log.debug({ deletion: deletion.id, kind: deletion.kind, was: deletion.state }, "deletion carried out");
    finished.resolve();
    finished = Promise.withResolvers();
  }

  /** One step; where the walk goes on, null at its end. */
  async function step(deletion: Deletion, from: WalkPosition | null, signal: AbortSignal) {
    const { ids, next } = await work.walk(deletion, from);
    for (let at = 0; at < ids.length; at += CHUNK_EVENTS) {
      if (signal.aborted) return from;
      await chunk(() => work.apply(deletion, ids.slice(at, at + CHUNK_EVENTS)));
    }
    if (next === null) await finish(deletion);
    return next;
  }

  async function run(signal: AbortSignal): Promise<void> {
    const walks = new Map<number, WalkPosition | null>();
    for (;;) {
      if (signal.aborted) return;
      // Asked anew each time: what people wait for overtakes what nobody does, and a restoration ends a deletion.
      const deletion = await work.next();
      if (!deletion) return;
      if (deletion.state === "restoring") {
        let isMore = false;
        await chunk(async () => {
          isMore = await work.restoreSome(deletion);
        });
        if (!isMore) await finish(deletion);
      } else {
        walks.set(deletion.id, await step(deletion, walks.get(deletion.id) ?? null, signal));
      }
    }
  }

  return {
    run,
    async runOn(signal) {
      let failing = false;
      while (!signal.aborted) {
        const isWoken = woken.promise;
        let waitMs = LOOK_EVERY_MS;
        try {
          await run(signal);
          failing = false;
        } catch (error) {
          // Once, however long the database is away.
          if (!failing) log.error({ err: error }, "deletions under way could not be carried on; trying again");
          failing = true;
          waitMs = RETRY_AFTER_MS;
        }
        if (!signal.aborted) await first(waitMs, isWoken, abortion(signal));
      }
    },
    wake() {
      woken.resolve();
      woken = Promise.withResolvers();
    },
    async settled(id, withinMs) {
      const until = performance.now() + withinMs;
      for (;;) {
        const isFinished = finished.promise;
        const deletion = await deletions.find(id);
        if (!deletion) throw new Error(`Deletion ${id} is gone while it is waited for`);
        const left = until - performance.now();
        if (!isUnderWay(deletion) || left <= 0) return deletion;
        await first(Math.min(left, LOOK_EVERY_MS), isFinished);
      }
    },
  };
}

/** Waits for the first of some promises, and at most some ms. */
async function first(withinMs: number, ...promises: readonly Promise<void>[]): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, withinMs);
  await Promise.race([timeout.promise, ...promises]);
  clearTimeout(timer);
}

function abortion(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

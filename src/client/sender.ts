import type { Post } from "./post.ts";
import { type Queued, takeBatch } from "./queue.ts";
import type { Refusal, Verdict } from "./verdict.ts";

/** The wait after the first failure, in ms; twice as long after each further one, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export interface SenderOptions {
  readonly post: Post;
  readonly batchSize: number;
  readonly batchAfterMs: number;
  readonly maxQueue: number;
  readonly onRefused: (event: Queued["event"], refusal: Refusal) => void;
}

export interface Sender {
  add(event: Queued["event"]): void;
  /** Sends at once; resolves with whether nothing waits any more. */
  flush(timeoutMs: number): Promise<boolean>;
  /** The last chance: all that has not been judged, also what is on its way. */
  leave(): void;
}

/**
 * One queue, which events leave when they have been judged. They have an `eventId` before they are
 * sent first, so whatever is in doubt is sent again: the server stores each once.
 */
export function createSender({ post, batchSize, batchAfterMs, maxQueue, onRefused }: SenderOptions): Sender {
  /** What waits and what is on its way, oldest first. */
  let queue: readonly Queued[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isSending = false;
  /** After a failure, until its pause is over. */
  let isPausing = false;
  let failures = 0;
  /** After a batch was refused as a whole: smaller ones, until the event to blame is alone. */
  let maxEvents: number | undefined;
  let onEmpty: (() => void)[] = [];

  function sendAfter(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void send(), ms);
    // Node.js and Bun: it must not keep a program running that is done.
    (timer as { unref?(): void }).unref?.();
  }

  /** One batch after the other, until nothing waits or the server wants to be left alone. */
  async function send(): Promise<void> {
    if (isSending) return;
    isSending = true;
    isPausing = false;
    clearTimeout(timer);
    timer = undefined;
    let pause = 0;
    while (queue.length > 0 && pause === 0) {
      const batch = takeBatch(queue, maxEvents);
      pause = apply(await post.send(batch), batch);
    }
    isSending = false;
    isPausing = pause > 0;
    if (isPausing) sendAfter(pause);
  }

  /** @returns how long to wait before the next batch, in ms. */
  function apply(verdict: Verdict, batch: readonly Queued[]): number {
    if (verdict.kind === "later") {
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
      // At random: clients that failed together must not come back together.
      return (verdict.afterMs ?? 0) + pause * (0.5 + Math.random() / 2);
    }
    failures = 0;
    if (verdict.kind === "refused" && verdict.divisible && batch.length > 1) {
      maxEvents = Math.ceil(batch.length / 2);
      return 0;
    }
    maxEvents = undefined;
    for (const [index, queued] of batch.entries()) {
      const refusal = verdict.kind === "refused" ? verdict.refusal : verdict.refusals.get(index);
      // Judged twice where the page was left while it was on its way.
      if (refusal && queue.includes(queued)) onRefused(queued.event, refusal);
    }
    remove(batch);
    return 0;
  }

  function remove(batch: readonly Queued[]): void {
    queue = queue.filter((one) => !batch.includes(one));
    if (queue.length > 0) return;
    for (const resolve of onEmpty) resolve();
    onEmpty = [];
  }

  return {
    add(event) {
      if (queue.length >= maxQueue) {
        onRefused(event, { error: "QUEUE_FULL", message: `${maxQueue} events wait for the server` });
        return;
      }
      try {
        queue = [...queue, { event, json: JSON.stringify(event) }];
      } catch (error) {
        onRefused(event, { error: "INVALID_JSON", message: String(error) });
        return;
      }
      if (isSending || isPausing) return;
      if (queue.length >= batchSize) sendAfter(0);
      else if (timer === undefined) sendAfter(batchAfterMs);
    },
    flush: (timeoutMs) =>
      new Promise((resolve) => {
        if (queue.length === 0) return resolve(true);
        const expiry = setTimeout(() => resolve(false), timeoutMs);
        onEmpty.push(() => {
          clearTimeout(expiry);
          resolve(true);
        });
        if (!isPausing) void send();
      }),
    leave() {
      while (queue.length > 0) {
        const batch = takeBatch(queue);
        if (!post.beacon(batch)) {
          void post.send(batch, true).then((verdict) => verdict.kind !== "later" && apply(verdict, batch));
          return;
        }
        remove(batch);
      }
    },
  };
}

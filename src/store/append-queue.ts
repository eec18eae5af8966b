import type { AppError } from "../domain/errors.ts";
import type { AppendResult } from "../domain/ports.ts";
import type { EncodedRows } from "./encode-rows.ts";
import type { BatchShape } from "./write-protocol.ts";

/** What may wait for its commit. Beyond that the answer is 503 at once, and memory stays flat. */
export interface QueueLimits {
  readonly events: number;
  readonly bytes: number;
}

const QUEUE_LIMITS: QueueLimits = { events: 100_000, bytes: 64 * 1024 * 1024 };

/** One batch: its JSON stays below what a libSQL server takes as one value (5,000,000 bytes). */
const BATCH_LIMITS: QueueLimits = { events: 10_000, bytes: 4_000_000 };

/** The events of one request. */
export interface PendingAppend extends EncodedRows {
  readonly settle: PromiseWithResolvers<readonly AppendResult[]>;
}

/** What goes out as one transaction. */
export interface Batch extends BatchShape {
  readonly requests: readonly PendingAppend[];
  readonly events: number;
}

/** Requests that wait for their commit, in the order in which they came. */
export interface AppendQueue {
  /** @returns false where too much is waiting: it has not been taken. */
  add(request: PendingAppend): boolean;
  /** As many of the first as fit into one transaction, and one at least. A request is never split. */
  takeBatch(): Batch;
  /** Refuses all that waits. */
  refuse(reason: AppError): void;
  events(): number;
  bytes(): number;
}

export function createAppendQueue(limits: QueueLimits = QUEUE_LIMITS): AppendQueue {
  let waiting: PendingAppend[] = [];
  let events = 0;
  let bytes = 0;
  return {
    add(request) {
      if (events + request.rows.length > limits.events || bytes + request.bytes > limits.bytes) return false;
      events += request.rows.length;
      bytes += request.bytes;
      waiting.push(request);
      return true;
    },
    takeBatch() {
      const batch = { events: 0, bytes: 0 };
      let end = 0;
      for (const request of waiting) {
        const fits =
          batch.events + request.rows.length <= BATCH_LIMITS.events &&
          batch.bytes + request.bytes <= BATCH_LIMITS.bytes;
        if (end > 0 && !fits) break;
        batch.events += request.rows.length;
        batch.bytes += request.bytes;
        end += 1;
      }
      const requests = end === waiting.length ? waiting : waiting.slice(0, end);
      waiting = end === waiting.length ? [] : waiting.slice(end);
      events -= batch.events;
      bytes -= batch.bytes;
      return {
        requests,
        events: batch.events,
        keyed: requests.some((request) => request.keyed),
        rare: requests.reduce((all, { rare }) => all | rare, 0),
      };
    },
    refuse(reason) {
      for (const { settle } of waiting) settle.reject(reason);
      waiting = [];
      events = 0;
      bytes = 0;
    },
    events: () => events,
    bytes: () => bytes,
  };
}

import type { CarryOut } from "./carry-out.ts";
import type { DeletionFilter } from "./deletion.ts";
import type { DeletionStore } from "./deletion-ports.ts";

export interface EraseMatchingRequest {
  readonly siteId: number;
  readonly kind: "retention" | "site";
  readonly filter: DeletionFilter;
  /** How many events there are to remove. */
  readonly expected: number;
  readonly nowMs: number;
}

/**
 * Removes events for good, as a deletion that is carried out like those of people and resumed like them, and waits for
 * its end.
 *
 * @returns how many were removed; null where that was under way already, or the wait was aborted.
 */
export type EraseMatching = (request: EraseMatchingRequest, signal: AbortSignal) => Promise<number | null>;

/** How long is waited at a time before it is looked whether the wait was aborted, in ms. */
const WAIT_MS = 1_000;

/** @param by who wants it, see `AuditRecord.by`. */
export function createEraseMatching(deps: { deletions: DeletionStore; carryOut: CarryOut; by: string }): EraseMatching {
  const { deletions, carryOut, by } = deps;
  return async (request, signal) => {
    const { nowMs } = request;
    // Whatever comes in meanwhile is to be removed as well.
    const all = { lastEventId: Number.MAX_SAFE_INTEGER, erases: true };
    const accepted = await deletions.accept({ ...request, ...all, by, reason: null, purgeAt: nowMs }, 0);
    if (accepted.outcome !== "accepted") return null;
    carryOut.wake();
    for (;;) {
      const deletion = await carryOut.settled(accepted.deletion.id, WAIT_MS);
      if (deletion.state === "purged") return deletion.events;
      if (signal.aborted) return null;
    }
  };
}

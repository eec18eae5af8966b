import { MS_PER_SECOND } from "../lib/clock.ts";
import type { Deletion } from "./deletion.ts";
import type { Acceptance } from "./deletion-ports.ts";
import { AppError } from "./errors.ts";

/** @throws `payload_too_large` where more is to be deleted than may ever wait. */
export function assertFits(events: number, maxPending: number): void {
  if (events > maxPending) {
    throw new AppError(
      "payload_too_large",
      `At most ${maxPending} deleted events may wait for their removal, and this would be more: narrow it`,
    );
  }
}

/**
 * The deletion that was accepted, null where there was nothing to delete.
 *
 * @throws `too_many_pending_deletions` with the seconds until a purge makes room, `overloaded` where it is soon done.
 */
export function acceptedOf(acceptance: Acceptance, nowMs: number): Deletion | null {
  switch (acceptance.outcome) {
    case "accepted":
      return acceptance.deletion;
    case "nothing":
      return null;
    case "full":
      throw new AppError("too_many_pending_deletions", "Too many deleted events wait for their removal", {
        retryAfter: Math.max(1, Math.ceil((acceptance.roomAt - nowMs) / MS_PER_SECOND)),
      });
    case "busy":
      throw beingCarriedOut();
  }
}

/** What is asked for has to wait until a large deletion, or the restoration of one, has been carried out. */
export const beingCarriedOut = (): AppError =>
  new AppError("overloaded", "A large deletion is being carried out or restored; try again when it is done", {
    retryAfter: 1,
  });

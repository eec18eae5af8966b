import type { NewEvent } from "./event.ts";

/** What a request tells of the visitor behind it; null where it tells nothing. */
export interface VisitorHints {
  readonly userAgent: string | null;
  /** Of the visitor's device, in its usual form; never stored. */
  readonly address: string | null;
}

/** Nothing is known of the visitor. */
export const NO_HINTS: VisitorHints = { userAgent: null, address: null };

/** Fills in what the event's client did not say; what it said wins. Pure, bounded, never throws. */
export type Enrich = (event: NewEvent, hints: VisitorHints) => NewEvent;

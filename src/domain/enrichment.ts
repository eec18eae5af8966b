import type { NewEvent } from "./event.ts";

/** What a request tells of the visitor behind it. */
export interface VisitorHints {
  readonly userAgent: string | null;
}

/** Fills in what the event's client did not say; what it said wins. Pure, bounded, never throws. */
export type Enrich = (event: NewEvent, hints: VisitorHints) => NewEvent;

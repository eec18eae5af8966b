import type { EventFilter } from "./ports.ts";

/** What a deletion is of: one event, a list of ids, a filter; or what is purged without a wait. */
export type DeletionKind = "event" | "events" | "filter" | "visitor" | "retention" | "site";

/**
 * - `deleting`: accepted. No reader sees its events any more; they are being marked, one by one.
 * - `deleted`: all are marked, and wait for their purge.
 * - `restoring`, `restored`: they are coming back, or are back.
 * - `purging`, `purged`: they are being removed, or are gone for good.
 * - `erasing`: they are being removed without a wait (a visitor, what retention says, a site).
 */
export const DELETION_STATES = [
  "deleting",
  "deleted",
  "restoring",
  "restored",
  "purging",
  "purged",
  "erasing",
] as const;
export type DeletionState = (typeof DELETION_STATES)[number];

/** A filter of the list, whose site is known. */
export type DeletionFilter = Omit<EventFilter, "siteId">;

/** One deletion, on record until a year after its end. */
export interface Deletion {
  readonly id: number;
  readonly siteId: number;
  readonly kind: DeletionKind;
  readonly state: DeletionState;
  /** Null for ids, and once the events, or the visitor that it names, are gone: a filter can hold what was in them. */
  readonly filter: DeletionFilter | null;
  /** The largest event id at its start: what came in later is none of it. Null for what was done at once. */
  readonly lastEventId: number | null;
  readonly reason: string | null;
  /** Who: see `AuditRecord.by`. */
  readonly by: string;
  /** Times in ms since 1970. */
  readonly createdAt: number;
  readonly purgeAt: number;
  /** When it was restored or purged. */
  readonly endedAt: number | null;
  /** How many events the step that is carried out is about, as counted at its start. */
  readonly expected: number;
  /** How many events it has deleted in all. */
  readonly events: number;
  /** How many of them have been restored, and how many have been removed for good. */
  readonly restored: number;
  readonly purged: number;
}

/** How many of its events are marked and wait. */
export const waitingOf = ({ events, restored, purged }: Deletion): number => events - restored - purged;

/** Whether it is being carried out. */
export const isUnderWay = ({ state }: Deletion): boolean =>
  state === "deleting" || state === "restoring" || state === "erasing";

/** What is to be deleted, by whom, and from when on it is removed for good. */
export interface DeletionRequest {
  readonly siteId: number;
  readonly kind: DeletionKind;
  readonly filter: DeletionFilter | null;
  readonly reason: string | null;
  readonly by: string;
  readonly nowMs: number;
  readonly purgeAt: number;
}

/** Up to this many events are marked or unmarked at once, in one transaction. */
export const AT_ONCE = 1_000;

/** Events of one chunk of what is carried out later: a transaction of 3 to 5 ms, for which appends wait. */
export const CHUNK_EVENTS = 128;

/** A deletion of more than this many events is answered before it has been carried out. */
export const ANSWERED_WHEN_DONE = 10_000;

export const MAX_REASON_LENGTH = 500;

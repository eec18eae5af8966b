import type { ErrorCode } from "./errors.ts";

/** Why an event was not taken, by what its sender would have to change. */
export const REJECTION_REASONS = [
  "invalid_event",
  "invalid_json",
  "too_large",
  "unknown_site",
  "forbidden",
  "not_stored",
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/**
 * What an error says of an event. Null: sent again, the same event may well be taken (limits, a full disk,
 * too much at once), or it has been taken before, or nothing is known of who sent it.
 */
export const REASON_OF = {
  invalid_input: "invalid_event",
  missing_parameter: "invalid_event",
  invalid_json: "invalid_json",
  missing_key: null,
  invalid_key: null,
  forbidden: "forbidden",
  not_found: "unknown_site",
  method_not_allowed: null,
  conflict: null,
  payload_too_large: "too_large",
  too_many_pending_deletions: null,
  rate_limited: null,
  query_too_expensive: null,
  internal: "not_stored",
  not_available: null,
  overloaded: null,
  deadline_exceeded: null,
  disk_full: null,
} as const satisfies Record<ErrorCode, RejectionReason | null>;

/** How many are kept of each site, and of all events together that belong to no site; the oldest go first. */
export const REJECTIONS_KEPT = 1_000;

/** How long one is kept at most, in days. */
export const REJECTIONS_KEPT_DAYS = 7;

/** All texts of one together, in bytes. */
export const MAX_REJECTION_BYTES = 2_048;

/** An event that was not taken, and what its sender was told. */
export interface NewRejection {
  /** Ms since 1970. */
  readonly at: number;
  /** Null where the event names no site that there is. */
  readonly siteId: number | null;
  /** Which API it came by. */
  readonly dialect: string;
  readonly reason: RejectionReason;
  readonly message: string;
  /** What was wrong with which field, as JSON; null where it was none. */
  readonly fields: string | null;
  /** What can be shown of the event, as text that begins like its JSON; null where nothing of it was read. */
  readonly event: string | null;
  /** Whether something was cut off to keep it short. */
  readonly isTruncated: boolean;
}

export interface Rejection extends NewRejection {
  readonly id: number;
}

export interface RejectionQuery {
  /** Of these sites; null: of all of them, and of none. */
  readonly siteIds: readonly number[] | null;
  readonly reason?: RejectionReason;
  /** None from before, in ms. */
  readonly since: number;
  /** Only those with a smaller id: the list is newest first. */
  readonly before?: number;
  /** 1 to 1,001. */
  readonly limit: number;
}

export interface RejectionStore {
  /** Keeps one; it is written a moment later, together with others. Nothing waits for it, and it never fails. */
  keep(rejection: NewRejection): void;
  /** Newest first, those included that are not written yet. */
  list(query: RejectionQuery): Promise<readonly Rejection[]>;
}

import type { ClockStep } from "../lib/clock-steps.ts";
import type { Deletion, DeletionRequest } from "./deletion.ts";
import type { EventFilter } from "./ports.ts";

/** Whether a deletion was accepted. Either it is as a whole, or nothing of it is done. */
export type Acceptance =
  | { readonly outcome: "accepted"; readonly deletion: Deletion }
  /** There is no such event, or it is deleted already. */
  | { readonly outcome: "nothing" }
  /** More would wait than may; `roomAt` is the first purge that frees enough, in ms since 1970. */
  | { readonly outcome: "full"; readonly roomAt: number }
  /** Too many large ones are under way, one whose events are just coming back, or the same one already. */
  | { readonly outcome: "busy" };

/** A deletion that is carried out after its acceptance. */
export interface LargeDeletion extends DeletionRequest {
  /** Whether its events are removed without a wait; then they do not count against the cap. */
  readonly erases: boolean;
  readonly lastEventId: number;
  readonly expected: number;
}

export type RestoredEvent = "restored" | "busy" | "gone";

/** `unchanged`: it has been restored or purged before, or is being purged. */
export interface RestoredDeletion {
  readonly outcome: "accepted" | "unchanged" | "busy";
  readonly deletion: Deletion;
}

export interface DeletionQuery {
  /** Only those of these sites; null: of all. */
  readonly siteIds: readonly number[] | null;
  /** Only those with a smaller id: the list is newest first. */
  readonly before?: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Who acts, on what, and when. */
export interface RestoreRequest {
  readonly id: number;
  readonly by: string;
  readonly nowMs: number;
}

/** What has been deleted and is not removed yet. */
export interface Backlog {
  /** Events that wait for their purge, with those that a deletion under way has still to mark. */
  readonly events: number;
  /** Of those, the ones whose time has come: all that a purge has still to remove. */
  readonly due: number;
  /** Deletions, restorations and erasures that are being carried out. */
  readonly underWay: number;
}

export interface DeletionStore {
  /** Those of a site's events that can be seen. */
  visibleAmong(siteId: number, ids: readonly number[]): Promise<readonly number[]>;
  /** Ids of at most `atMost` events that match and can be seen, in no promised order. */
  findVisible(filter: EventFilter, atMost: number): Promise<readonly number[]>;
  /** The same of all that match, seen or not. */
  findStored(filter: EventFilter, atMost: number): Promise<readonly number[]>;
  /** How many match, seen or not. */
  countStored(filter: EventFilter): Promise<number>;
  /** The largest id of all events, 0 without any. */
  largestEventId(): Promise<number>;
  /** The site of an event, deleted or not; null where nothing of it is left. */
  siteOfEvent(id: number): Promise<number | null>;

  /** Marks up to 1,000 events in one transaction, if `cap` allows for all of them. */
  mark(request: DeletionRequest, ids: readonly number[], cap: number): Promise<Acceptance>;
  /** Removes up to 1,000 events in one transaction. */
  erase(request: DeletionRequest, ids: readonly number[]): Promise<Acceptance>;
  /**
   * Takes on a deletion that is carried out later, reserving its place under `cap`. From now on this store's readers
   * see none of its events, those of other processes within a second.
   */
  accept(deletion: LargeDeletion, cap: number): Promise<Acceptance>;

  /** Brings one event back. `busy` while a deletion that may cover it is carried out. */
  restoreEvent(request: RestoreRequest): Promise<RestoredEvent>;
  /** Brings a deletion's events back: at once where they are few, otherwise it is carried out later. Null for an unknown one. */
  restore(request: RestoreRequest): Promise<RestoredDeletion | null>;

  backlog(nowMs: number): Promise<Backlog>;
  find(id: number): Promise<Deletion | null>;
  list(query: DeletionQuery): Promise<readonly Deletion[]>;
}

/** How far a walk through a deletion's events has come; opaque. */
export type WalkPosition = readonly ["live" | "marked", ...number[]];

export interface WalkStep {
  readonly ids: readonly number[];
  /** Where the next step begins; null at the end. */
  readonly next: WalkPosition | null;
}

/** What carries out large deletions, step by step. Each step is short and a transaction of its own. */
export interface DeletionWork {
  /** What is to be done next: what people wait for first, then what the server does by itself. */
  next(): Promise<Deletion | null>;
  /** Some of the events that a deletion still has to mark or to remove; a step may well find none. */
  walk(deletion: Deletion, from: WalkPosition | null): Promise<WalkStep>;
  /** Marks or removes some of them. Nothing, once the deletion is not under way any more. */
  apply(deletion: Deletion, ids: readonly number[]): Promise<void>;
  /** Brings some events back; false when none is left. */
  restoreSome(deletion: Deletion): Promise<boolean>;
  /** Ends what was carried out. Of a site, the site itself goes. */
  finish(deletion: Deletion, nowMs: number): Promise<void>;
}

/** When a purge runs, and by whom. */
export interface PurgeRun {
  readonly nowMs: number;
  /** What was deleted before one of these waits longer by as much. */
  readonly steps: readonly ClockStep[];
  /** See `AuditRecord.by`. */
  readonly by: string;
}

export interface DueForPurge {
  readonly deletions: number;
  readonly events: number;
  /** Sites whose own wait is over. */
  readonly siteIds: readonly number[];
}

export interface Purged {
  /** Deletions of which something was removed. */
  readonly deletions: number;
  readonly events: number;
}

export interface PurgeStore {
  due(run: PurgeRun): Promise<DueForPurge>;
  /** Removes some of the events that are due; nothing when none is left. */
  purgeSome(run: PurgeRun): Promise<Purged>;
  /**
   * Gives space back to the disk, and overwrites what is left of removed events in the file and its log. Does nothing
   * on a libSQL server, whose files are its own.
   */
  reclaim(signal: AbortSignal): Promise<void>;
  /** Removes some of the records and key-value entries whose time is over; false when none is left. */
  expireSome(before: { readonly records: number; readonly entries: number }): Promise<boolean>;
}

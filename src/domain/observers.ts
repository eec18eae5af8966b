/** What became of an event. `rejected`: it cannot be stored as it is; `refused`: the store took none just then (queue or disk full, stopping). */
export type EventOutcome = "stored" | "duplicate" | "rejected" | "refused";

/** Is told what became of events that came in. Called on the hot path: must neither throw nor wait. */
export type ObserveEvents = (siteId: number, outcome: EventOutcome, count: number) => void;

/** How a read ended that ran beside the main thread; `expired`: it was stopped at its deadline. */
export type ReadOutcome = "done" | "expired" | "refused" | "failed";

/** Is told what the store does, as it happens. Called on the hot path: must neither throw nor wait. */
export interface StoreObserver {
  /** One transaction with events of one or several requests; `seconds` from its start to its answer. */
  committed(commit: { readonly events: number; readonly seconds: number; readonly ok: boolean }): void;
  readEnded(outcome: ReadOutcome): void;
}

/** What the store holds at one moment. */
export interface StoreFigures {
  /** What waits for its commit. */
  readonly queue: { readonly events: number; readonly bytes: number; readonly commands: number };
  /** Reads beside the main thread that run or wait. */
  readonly readsUnderWay: number;
  /** In bytes; null for a libSQL server, whose files are not here. */
  readonly file: { readonly database: number; readonly log: number } | null;
  /** In bytes, as last measured; null where nothing could be. */
  readonly disk: { readonly free: number; readonly total: number } | null;
}

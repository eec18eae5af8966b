import type { DatabaseLocation, Durability } from "./database.ts";
import type { CommandName, Commands } from "./write-commands.ts";

/** What the writer's Worker is told first. */
export interface OpenRequest {
  readonly kind: "open";
  readonly location: DatabaseLocation;
  readonly durability: Durability;
}

/** Some rows of a batch as one value. */
export interface Part {
  /** A JSON array of rows, see `event-columns.ts`. */
  readonly rows: string;
  readonly count: number;
}

/** What its rows have, taken together. */
export interface BatchShape {
  /** Whether any row has a dedupe key. */
  readonly keyed: boolean;
  /** Which of the rare columns any row has: bit n for the n-th. */
  readonly rare: number;
}

export interface AppendRequest extends BatchShape {
  readonly kind: "append";
  /** Stored in one transaction. */
  readonly parts: readonly Part[];
  /** The very same rows may have been stored already: the outcome of the last try is unknown. */
  readonly again: boolean;
  /** Sent before the request before it was answered: to be left alone when that fails, so that events keep their order. */
  readonly isAhead: boolean;
}

/** Whether these rows could be stored; nothing is. */
export interface ProbeRequest extends Pick<BatchShape, "rare"> {
  readonly kind: "probe";
  readonly parts: readonly Part[];
}

export interface CommandRequest<Name extends CommandName = CommandName> {
  readonly kind: "command";
  readonly name: Name;
  readonly args: Parameters<Commands[Name]>[1];
}

export interface CloseRequest {
  readonly kind: "close";
}

export type WriteRequest = OpenRequest | AppendRequest | ProbeRequest | CommandRequest | CloseRequest;

/** Position in the batch, id and `received_at` of the event that has the dedupe key. */
export type Duplicate = readonly [position: number, id: number, receivedAt: number];

/** Why the database refused; decides what the writer does about it. */
export type WriteFailure =
  /** Nothing was done: the request before it failed, and this one was sent ahead. */
  | "skipped"
  /** Nothing was done, try again: another process holds the write lock, or no server listens. */
  | "busy"
  /** The server did not answer, or not in time: it may have been done. */
  | "no_answer"
  /** The server takes nothing from us: the token is wrong, the database is not there, or writes are blocked. */
  | "refused"
  /** No space left. */
  | "disk_full"
  /** The disk reports an error of its own: nothing of the batch is stored. */
  | "disk_error"
  /** An id is taken: another process hands out the same ones. */
  | "id_clash"
  /** A uniqueness rule of a command. */
  | "conflict"
  /** Some row cannot be stored. */
  | "bad_row"
  /** The disk or the file is broken. */
  | "broken";

export type WriteReply =
  | { readonly ok: true; readonly duplicates?: readonly Duplicate[]; readonly result?: unknown }
  | { readonly ok: false; readonly failure: WriteFailure; readonly message: string };

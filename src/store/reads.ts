import type { Client } from "@libsql/client";
import type { Availability } from "../domain/ports.ts";
import type { ReadCell } from "./event-reader.ts";
import type { StoreWriter } from "./event-writer.ts";
import type { Hold } from "./places.ts";

/** The reading half of a store: how to reach a database without writing to it. */
export interface Reads {
  /** Asks the database itself. */
  readonly client: Client;
  /** For what must go on while the database is away: sites and keys. */
  readonly lookups: Client;
  /** Reads whose work an index bounds. */
  readonly bounded: ReadCell;
  /** All others of ours, each with a deadline. */
  readonly unbounded: ReadCell;
  /**
   * Reads that somebody else has thought up. Each has a deadline, at which it is stopped; how many rows
   * it gives is for the statement to limit.
   *
   * @throws `not_available` from each where no such read can be kept away from the writes.
   */
  readonly userWritten: ReadCell;
  /**
   * Lets the reads in threads of their own that come wait until none of them runs any more; then nothing but short
   * reads looks at the database, until the result is disposed of.
   *
   * @returns null, with all as before, where that took too long, or too many wait for it.
   */
  hold(hold: Hold): Promise<Disposable | null>;
  /** The version of sites and keys; undefined while nobody can say. */
  configVersion(): Promise<unknown>;
  /** @throws `overloaded` when the database does not answer. */
  ping(): Promise<Availability>;
  /** How long nothing could be written, in ms, as far as is known; 0 while all is well. */
  awayMs(): number;
  /** The writer, which tells the reads what it stores. */
  watching(writer: StoreWriter): StoreWriter;
}

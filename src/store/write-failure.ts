import { AppError } from "../domain/errors.ts";
import type { WriteFailure } from "./write-protocol.ts";

/** libSQL's codes and SQLite's words, by what is done about them. The first that fits counts. */
const FAILURES: readonly (readonly [pattern: RegExp, failure: WriteFailure])[] = [
  [/SQLITE_FULL|ENOSPC|disk is full/i, "disk_full"],
  [/SQLITE_IOERR|disk I\/O error/i, "disk_error"],
  [/SQLITE_BUSY|SQLITE_LOCKED|database is locked/i, "busy"],
  // Refused before anything was done: nobody listens there, or the server has enough to do.
  [/ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|ENOTFOUND|Unable to connect|HTTP status 429/i, "busy"],
  [/ECONN|ETIMEDOUT|TimeoutError|timed out|socket connection was closed|ConnectionClosed/i, "no_answer"],
  [/HTTP status 5\d\d|STREAM_EXPIRED|TRANSACTION_TIMEOUT|HRANA_(?:CLOSED|PROTO)_ERROR|SyntaxError/i, "no_answer"],
  [/HTTP status 40[134]|\bBLOCKED\b/, "refused"],
  // Before the general rule: over HTTP there is no extended code that would tell the primary key.
  [/UNIQUE constraint failed: events\.id\b/i, "id_clash"],
  [/UNIQUE constraint failed/i, "conflict"],
  [/constraint failed|malformed JSON|SQLITE_MISMATCH|datatype mismatch|SQLITE_TOOBIG|too big/i, "bad_row"],
];

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/**
 * Everything that the error and its causes say of themselves: Drizzle and hrana wrap.
 *
 * Drizzle's own message is left out: it quotes the values of the query, which belong neither into
 * a log nor under the patterns above.
 */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (let current = error, depth = 0; isObject(current) && depth < 20; depth++) {
    const { code, extendedCode, name, message, cause } = current as Record<string, unknown>;
    const quotesValues = "query" in current && "params" in current;
    const said = [extendedCode, code, name, quotesValues ? undefined : message];
    parts.push(said.filter((part) => typeof part === "string").join(" "));
    current = cause;
  }
  return parts.length > 0 ? parts.join("; ") : String(error);
}

/** What kind of failure an error of the database is. One that is not known is not blamed on a row. */
export function classifyFailure(error: unknown): { failure: WriteFailure; message: string } {
  const message = describe(error);
  const failure = FAILURES.find(([pattern]) => pattern.test(message))?.[1] ?? "broken";
  return { failure, message };
}

const RETRY_AFTER_SECONDS = 1;
const RETRY_AFTER_AWAY_SECONDS = 5;
const RETRY_AFTER_FULL_SECONDS = 60;

export const overloaded = (message: string, cause?: unknown): AppError =>
  new AppError("overloaded", `${message}; try again`, { retryAfter: RETRY_AFTER_SECONDS, cause });

export const diskFails = (cause?: unknown): AppError => overloaded("The server's disk fails", cause);

/** The server of the database is away, and has been for longer than a restart takes. */
export const away = (cause?: unknown): AppError =>
  new AppError("overloaded", "The database does not answer; try again", {
    retryAfter: RETRY_AFTER_AWAY_SECONDS,
    cause,
  });

export const diskFull = (cause?: unknown): AppError =>
  new AppError("disk_full", "The server's disk is nearly full: nothing can be stored until there is space", {
    retryAfter: RETRY_AFTER_FULL_SECONDS,
    cause,
  });

/** What the database said, in its own words: behind what the caller is told. */
class FailedWrite extends Error {
  readonly failure: WriteFailure;

  constructor(failure: WriteFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** The database did not answer: what is asked next meets that as well, whereas a disk may fail once. */
export const NO_ANSWER: ReadonlySet<WriteFailure> = new Set<WriteFailure>(["busy", "no_answer", "refused"]);

/** Whether a write failed because the database takes none at the moment, whatever is written. */
export const takesNothing = ({ cause }: AppError): boolean =>
  cause instanceof FailedWrite && NO_ANSWER.has(cause.failure);

/** A failed write, as the caller of the port is told. */
export function refusal(failure: WriteFailure, message: string): AppError {
  const cause = new FailedWrite(failure, message);
  switch (failure) {
    case "busy":
      return overloaded("The database is busy", cause);
    case "no_answer":
    case "refused":
      return away(cause);
    case "disk_full":
      return diskFull(cause);
    case "disk_error":
      return diskFails(cause);
    case "conflict":
      return new AppError("conflict", "Already exists", { cause });
    case "skipped":
    case "id_clash":
    case "bad_row":
    case "broken":
      return new AppError("internal", "The database refused the write", { cause });
  }
}

import type { WriteFailure } from "./write-protocol.ts";

/** libSQL's codes, by what the writer does about them. Extended codes come first. */
const FAILURES: readonly (readonly [pattern: RegExp, failure: WriteFailure])[] = [
  [/SQLITE_FULL|ENOSPC|disk is full/i, "disk_full"],
  [/SQLITE_BUSY|SQLITE_LOCKED|database is locked/i, "busy"],
  [/ECONN|ETIMEDOUT|TimeoutError|timed out|Unable to connect|SERVER_ERROR|HTTP status (?:429|5\d\d)/i, "busy"],
  [/UNIQUE constraint failed: events\.id|SQLITE_CONSTRAINT_PRIMARYKEY/i, "id_clash"],
  [/SQLITE_CONSTRAINT_UNIQUE|UNIQUE constraint failed/i, "conflict"],
  [/SQLITE_(?:IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM)/i, "broken"],
];

/** Everything that the error and its causes say of themselves: Drizzle and hrana wrap. */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; current instanceof Error && parts.length < 20; current = current.cause) {
    const { code, extendedCode, name, message } = current as Error & { code?: unknown; extendedCode?: unknown };
    parts.push([extendedCode, code, name, message].filter((part) => typeof part === "string").join(" "));
  }
  return parts.length > 0 ? parts.join("; ") : String(error);
}

export function classifyFailure(error: unknown): { failure: WriteFailure; message: string } {
  const message = describe(error);
  const failure = FAILURES.find(([pattern]) => pattern.test(message))?.[1] ?? "bad_row";
  return { failure, message };
}

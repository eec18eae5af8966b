import type { Logger } from "../../src/lib/log.ts";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export function createTestLog(): { readonly log: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: unknown, message?: string) =>
    void lines.push(
      typeof fields === "string"
        ? { level, message: fields, fields: {} }
        : { level, message: message ?? "", fields: fields as LogLine["fields"] },
    );
  const levels = ["trace", "debug", "info", "warn", "error", "fatal"].map((level) => [level, at(level)]);
  const log = { ...Object.fromEntries(levels), child: () => log };
  return { log: log as Logger, lines };
}

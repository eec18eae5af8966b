import pino, { type Logger as PinoLogger } from "pino";

export type Logger = Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "child">;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Anything in a log line that has the shape of an API key loses its secret half. */
const API_KEY = /\b(ff_[0-9A-Za-z]{8})_[0-9A-Za-z]{16,}/g;

/** Replaces the secret part of every API key in `text`; the id stays, so that the key can be found and revoked. */
export function maskSecrets(text: string): string {
  return text.replace(API_KEY, "$1_***");
}

/**
 * JSON lines on standard error, written synchronously: nothing is lost when the process dies.
 *
 * Standard output belongs to what commands print for people and pipes.
 */
export function createLogger(level: LogLevel): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: maskSecrets },
    },
    destination,
  );
}

import { CommanderError } from "commander";
import { ConfigError } from "../config/config.ts";
import { AppError } from "../domain/errors.ts";
import { maskSecrets } from "../lib/log.ts";
import { EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USAGE } from "./exit-codes.ts";

export { EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USAGE };

/** The command could not do what it was asked to; the message says what happened and what to do. */
export class CommandError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CommandError";
  }
}

/** The command was asked for something that makes no sense. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

export interface Explanation {
  readonly exitCode: number;
  /** One line for people; null where everything has been said. */
  readonly line: string | null;
}

/** Errors of the store that carry their own words. By name: commands that need no database do not load it. */
const ADVICE: Readonly<Record<string, string>> = {
  DatabaseInUseError: " Stop it first, or name another database with FOOTFALL_DATABASE_URL.",
  DatabaseUnusableError: "",
  SchemaTooNewError: " Start the newer release.",
};

/** Whether the message of an error is fit for people as it is. */
export function speaksForItself(error: Error): boolean {
  return (
    error instanceof AppError || error instanceof CommandError || error.name in ADVICE || isWrongGeoDatabase(error)
  );
}

/** What a person reads of an error, and the exit code that goes with it. */
export function explainFailure(error: unknown): Explanation {
  if (error instanceof CommanderError) return explainCommander(error);
  if (error instanceof UsageError || error instanceof ConfigError) return said(EXIT_WRONG_USAGE, error.message);
  if (error instanceof Error && isWrongGeoDatabase(error)) return said(EXIT_WRONG_USAGE, wrongGeoDatabase(error));
  if (error instanceof AppError && error.code === "invalid_input") return said(EXIT_WRONG_USAGE, wrongFields(error));
  if (error instanceof CommandError || error instanceof AppError) return said(EXIT_FAILED, error.message);
  const message = error instanceof Error ? error.message : String(error);
  const advice = error instanceof Error ? ADVICE[error.name] : undefined;
  if (advice !== undefined) return said(EXIT_FAILED, message + advice);
  return said(
    EXIT_FAILED,
    `something unexpected happened: ${message || "no message"} (run it again with FOOTFALL_LOG_LEVEL=debug to see where)`,
  );
}

function said(exitCode: number, message: string): Explanation {
  return { exitCode, line: maskSecrets(message.replace(/\s*[\r\n]+\s*/g, " ").trim()) };
}

function explainCommander(error: CommanderError): Explanation {
  // Help and version were asked for and have been printed.
  if (error.exitCode === 0) return { exitCode: EXIT_DONE, line: null };
  return said(EXIT_WRONG_USAGE, error.message.replace(/^error: /, ""));
}

const isWrongGeoDatabase = (error: Error): boolean => error.name === "GeoDatabaseError";

/** Only known when the file is read: it is still a setting that is wrong. */
const wrongGeoDatabase = (error: Error): string =>
  `${error.message} FOOTFALL_GEO_DB must name a database in MaxMind's format (.mmdb), or nothing`;

/** Options whose field has another name. */
const OPTION_OF: Readonly<Record<string, string>> = { expiresAt: "expires", sites: "site" };

/** `retentionDays` → `retention-days`. */
const optionOf = (field: string): string =>
  OPTION_OF[field] ?? field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `--domain: Must be a host name`. */
function wrongFields(error: AppError): string {
  const problems = Object.entries(error.fieldErrors ?? {}).map(
    ([field, messages]) => `--${optionOf(field)}: ${messages.join("; ")}`,
  );
  return problems.length > 0 ? problems.join("; ") : error.message;
}

/**
 * Everything that can go wrong, by name. No HTTP status here: each dialect says what a code is on
 * its own wire, and does not compile until it has said so for all of them.
 */
export const ERROR_CODES = [
  "invalid_input",
  "missing_parameter",
  "invalid_json",
  "missing_key",
  "invalid_key",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "conflict",
  "payload_too_large",
  "too_many_pending_deletions",
  "rate_limited",
  "internal",
  "not_available",
  "overloaded",
  "deadline_exceeded",
  "query_too_expensive",
  "disk_full",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Field name → what is wrong with it, in sentences for the person who sent it. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

export interface AppErrorOptions {
  /** What is wrong with which field. */
  readonly fieldErrors?: FieldErrors;
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number;
  /** The methods that the path has (`method_not_allowed`). */
  readonly allow?: readonly string[];
  /** What happened inside; for the log only. */
  readonly cause?: unknown;
}

/** An error whose message is fit for the client. Everything else that is thrown is `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fieldErrors: FieldErrors | undefined;
  readonly retryAfter: number | undefined;
  readonly allow: readonly string[] | undefined;

  constructor(code: ErrorCode, publicMessage: string, options: AppErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.fieldErrors = options.fieldErrors;
    this.retryAfter = options.retryAfter;
    this.allow = options.allow;
  }
}

/** One parameter of a query is wrong. */
export const invalidQuery = (parameter: string, message: string): AppError =>
  invalid(parameter, message, "Invalid query parameters");

/** One field is wrong: `invalid("limit", "Must be at least 1")`. */
export function invalid(field: string, message: string, summary = "Invalid input"): AppError {
  return new AppError("invalid_input", summary, { fieldErrors: { [field]: [message] } });
}

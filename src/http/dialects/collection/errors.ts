import type { AppError, ErrorCode } from "../../../domain/errors.ts";

/** What each domain error is on this dialect's wire. */
const ERRORS = {
  invalid_input: [400, "VALIDATION_ERROR"],
  missing_parameter: [400, "MISSING_PARAMETER"],
  invalid_json: [400, "INVALID_JSON"],
  missing_key: [401, "UNAUTHORIZED"],
  invalid_key: [401, "UNAUTHORIZED"],
  forbidden: [403, "FORBIDDEN"],
  not_found: [404, "NOT_FOUND"],
  method_not_allowed: [405, "METHOD_NOT_ALLOWED"],
  conflict: [409, "CONFLICT"],
  payload_too_large: [413, "PAYLOAD_TOO_LARGE"],
  too_many_pending_deletions: [429, "TOO_MANY_PENDING_DELETIONS"],
  rate_limited: [429, "RATE_LIMITED"],
  internal: [500, "INTERNAL_SERVER_ERROR"],
  not_available: [501, "NOT_AVAILABLE"],
  overloaded: [503, "OVERLOADED"],
  deadline_exceeded: [503, "DEADLINE_EXCEEDED"],
  query_too_expensive: [400, "QUERY_TOO_EXPENSIVE"],
  disk_full: [507, "INSUFFICIENT_STORAGE"],
} as const satisfies Record<ErrorCode, readonly [status: number, code: string]>;

export interface CollectionError {
  readonly error: string;
  readonly message: string;
  readonly details?: unknown;
}

/** `{"error":"CODE","message":"…","details"?:…}` */
export function encodeErrorBody(error: AppError): CollectionError {
  return {
    error: ERRORS[error.code][1],
    message: error.message,
    ...(error.fieldErrors ? { details: { formErrors: [], fieldErrors: error.fieldErrors } } : {}),
  };
}

export function encodeError(error: AppError): { status: number; body: CollectionError } {
  return { status: ERRORS[error.code][0], body: encodeErrorBody(error) };
}

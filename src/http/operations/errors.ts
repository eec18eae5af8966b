import { t } from "elysia";
import type { AppError, ErrorCode } from "../../domain/errors.ts";

/** Statuses beside the dialects: the plain meaning of each error. */
const STATUSES = {
  invalid_input: 400,
  missing_parameter: 400,
  invalid_json: 400,
  missing_key: 401,
  invalid_key: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  too_many_pending_deletions: 429,
  rate_limited: 429,
  internal: 500,
  not_available: 501,
  overloaded: 503,
  deadline_exceeded: 503,
  query_too_expensive: 400,
  disk_full: 507,
} as const satisfies Record<ErrorCode, number>;

export const OperationsError = t.Object(
  { error: t.String({ description: "A code that stays the same" }), message: t.String({ description: "For people" }) },
  { $id: "OperationsError" },
);

/** `{"error":"code","message":"…"}` */
export function encodeError(error: AppError): { status: number; body: typeof OperationsError.static } {
  return { status: STATUSES[error.code], body: { error: error.code, message: error.message } };
}

import { t } from "elysia";
import type { AppError, ErrorCode } from "../../../domain/errors.ts";
import { errorSentence } from "../../error-sentence.ts";

/** What each domain error is on this dialect's wire. */
const ERRORS = {
  invalid_input: [400, "INVALID_REQUEST"],
  missing_parameter: [400, "INVALID_REQUEST"],
  invalid_json: [400, "INVALID_JSON"],
  missing_key: [401, "MISSING_KEY"],
  invalid_key: [401, "INVALID_KEY"],
  forbidden: [403, "SITE_NOT_FOUND"],
  not_found: [404, "NOT_FOUND"],
  method_not_allowed: [405, "METHOD_NOT_ALLOWED"],
  conflict: [409, "CONFLICT"],
  payload_too_large: [413, "PAYLOAD_TOO_LARGE"],
  too_many_pending_deletions: [429, "TOO_MANY_PENDING_DELETIONS"],
  rate_limited: [429, "RATE_LIMITED"],
  internal: [500, "INTERNAL_ERROR"],
  not_available: [501, "NOT_AVAILABLE"],
  overloaded: [503, "OVERLOADED"],
  deadline_exceeded: [503, "DEADLINE_EXCEEDED"],
  disk_full: [507, "INSUFFICIENT_STORAGE"],
} as const satisfies Record<ErrorCode, readonly [status: number, code: string]>;

export const ErrorBody = t.Object(
  {
    error: t.String({ description: "For people" }),
    code: t.String({ description: "A code that stays the same" }),
    retry_after: t.Optional(t.Integer({ description: "Seconds until a retry makes sense" })),
  },
  { $id: "SiteEventsError" },
);

/** `{"error":"…","code":"CODE"}`, with `retry_after` where a retry makes sense. */
export function encodeError(error: AppError): { status: number; body: typeof ErrorBody.static } {
  const [status, code] = ERRORS[error.code];
  return {
    status,
    body: {
      error: errorSentence(error),
      code,
      ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
    },
  };
}

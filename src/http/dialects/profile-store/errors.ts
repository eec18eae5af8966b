import { t } from "elysia";
import type { AppError, ErrorCode } from "../../../domain/errors.ts";

/** What each domain error is on this dialect's wire: status and code, as the Microsoft REST API Guidelines have them. */
const ERRORS = {
  invalid_input: [400, "BadArgument"],
  missing_parameter: [400, "BadArgument"],
  invalid_json: [400, "BadArgument"],
  missing_key: [401, "Unauthorized"],
  invalid_key: [401, "Unauthorized"],
  forbidden: [403, "Forbidden"],
  not_found: [404, "NotFound"],
  method_not_allowed: [405, "MethodNotAllowed"],
  conflict: [409, "Conflict"],
  payload_too_large: [413, "RequestTooLarge"],
  too_many_pending_deletions: [429, "TooManyPendingDeletions"],
  rate_limited: [429, "TooManyRequests"],
  internal: [500, "InternalServerError"],
  not_available: [501, "NotImplemented"],
  overloaded: [503, "ServiceUnavailable"],
  deadline_exceeded: [503, "ServiceUnavailable"],
  query_too_expensive: [400, "QueryTooExpensive"],
  disk_full: [507, "InsufficientStorage"],
} as const satisfies Record<ErrorCode, readonly [status: number, code: string]>;

const Detail = t.Object({ code: t.String(), target: t.String(), message: t.String() });

export const ErrorBody = t.Object(
  {
    error: t.Object({
      code: t.String({ description: "A code that stays the same" }),
      message: t.String({ description: "For people" }),
      target: t.Optional(t.String({ description: "The field or parameter that is wrong" })),
      details: t.Optional(t.Array(Detail)),
    }),
  },
  { $id: "ProfileStoreError" },
);

/** `{"error":{"code":"BadArgument","message":"…","target":"$filter","details":[…]}}` */
export function encodeError(error: AppError): { status: number; body: typeof ErrorBody.static } {
  const [status, code] = ERRORS[error.code];
  const details = Object.entries(error.fieldErrors ?? {}).flatMap(([target, messages]) =>
    messages.map((message) => ({ code, target, message })),
  );
  const [first, second] = details;
  if (!first) return { status, body: { error: { code, message: error.message } } };
  return {
    status,
    body: {
      error: {
        code,
        message: second ? error.message : first.message,
        target: first.target,
        ...(second ? { details } : {}),
      },
    },
  };
}

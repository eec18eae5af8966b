import { t } from "elysia";
import type { AppError, ErrorCode } from "../../../domain/errors.ts";
import { errorSentence } from "../../error-sentence.ts";

/** What each domain error is on this dialect's wire: status and Strapi's name of it. */
const ERRORS = {
  invalid_input: [400, "ValidationError"],
  missing_parameter: [400, "ValidationError"],
  invalid_json: [400, "ValidationError"],
  missing_key: [401, "UnauthorizedError"],
  invalid_key: [401, "UnauthorizedError"],
  forbidden: [403, "ForbiddenError"],
  not_found: [404, "NotFoundError"],
  method_not_allowed: [405, "MethodNotAllowedError"],
  conflict: [409, "ConflictError"],
  payload_too_large: [413, "PayloadTooLargeError"],
  too_many_pending_deletions: [429, "RateLimitError"],
  rate_limited: [429, "RateLimitError"],
  internal: [500, "InternalServerError"],
  not_available: [501, "NotImplementedError"],
  overloaded: [503, "ServiceUnavailableError"],
  deadline_exceeded: [503, "ServiceUnavailableError"],
  query_too_expensive: [400, "ValidationError"],
  disk_full: [507, "InsufficientStorageError"],
} as const satisfies Record<ErrorCode, readonly [status: number, name: string]>;

/** Strapi's error body. */
export const StrapiError = t.Object(
  {
    data: t.Null(),
    error: t.Object({
      status: t.Integer(),
      name: t.String({ description: "A name that stays the same" }),
      message: t.String({ description: "For people" }),
      details: t.Record(t.String(), t.Unknown()),
    }),
  },
  { $id: "AffiliateError" },
);

/** `{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"…","details":{}}}` */
export function encodeError(error: AppError): { status: number; body: typeof StrapiError.static } {
  const [status, name] = ERRORS[error.code];
  return { status, body: { data: null, error: { status, name, message: error.message, details: detailsOf(error) } } };
}

/** Fields as Strapi lists them: `{"errors":[{"path":["page"],"message":"…","name":"ValidationError"}]}`. */
function detailsOf({ fieldErrors = {} }: AppError): Record<string, unknown> {
  const errors = Object.entries(fieldErrors).flatMap(([field, messages]) =>
    messages.map((message) => ({ path: field.split("."), message, name: "ValidationError" })),
  );
  return errors.length === 0 ? {} : { errors };
}

/** The body of an error where events come in: the part of the API that is not Strapi's. */
export const TrackError = t.Object({ error: t.String({ description: "For people" }) }, { $id: "AffiliateTrackError" });

/** `{"error":"…"}`, with the same statuses. */
export function encodeTrackError(error: AppError): { status: number; body: typeof TrackError.static } {
  return { status: ERRORS[error.code][0], body: { error: errorSentence(error) } };
}

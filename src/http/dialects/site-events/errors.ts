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
  query_too_expensive: [400, "QUERY_TOO_EXPENSIVE"],
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

/** Fields that have a code of their own: the parameters of the lists, and what an event is made of. */
const FIELD_CODES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    INVALID_LIMIT: ["limit"],
    INVALID_DATE_RANGE: ["start", "end"],
    INVALID_TYPE: ["type"],
    INVALID_CURSOR: ["cursor"],
    MISSING_SITE_ID: ["siteId"],
    INVALID_EVENT: [
      "t",
      "k",
      "p",
      "bot",
      "company",
      "ua",
      "s",
      "name",
      "value",
      "country",
      "city",
      "asn",
      "eventId",
      "body",
    ],
  }).flatMap(([code, fields]) => fields.map((field) => [field, code] as const)),
);

/** Of several wrong fields, the first one that has a code. */
function codeOf({ code, fieldErrors = {} }: AppError): string {
  const [, general] = ERRORS[code];
  if (code !== "invalid_input" && code !== "missing_parameter") return general;
  const found = Object.keys(fieldErrors).map((field) => FIELD_CODES.get(field));
  return found.find((one) => one !== undefined) ?? general;
}

/** `{"error":"…","code":"CODE"}`, with `retry_after` where a retry makes sense. */
export function encodeError(error: AppError): { status: number; body: typeof ErrorBody.static } {
  const [status] = ERRORS[error.code];
  return {
    status,
    body: {
      error: sentenceOf(error),
      code: codeOf(error),
      ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
    },
  };
}

/** A parameter that is missing is named in the message already. */
const sentenceOf = (error: AppError): string =>
  error.code === "missing_parameter" ? error.message : errorSentence(error);

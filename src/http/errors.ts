import { AppError, type ErrorCode } from "../domain/errors.ts";
import { encodeError as encodeAffiliateError, encodeTrackError } from "./dialects/affiliate/errors.ts";
import { encodeError as encodeCollectionError } from "./dialects/collection/errors.ts";
import { encodeError as encodeProfileStoreError } from "./dialects/profile-store/errors.ts";
import { encodeError as encodeSiteEventsError } from "./dialects/site-events/errors.ts";
import { encodeError as encodeOperationsError } from "./operations/errors.ts";
import { type DialectName, dialectAt, lacksSite, methodsAt } from "./routes.ts";
import { toAppError } from "./validation.ts";

/** A domain error as a dialect's status and body. */
export type EncodeError = (error: AppError) => { readonly status: number; readonly body: unknown };

export const ENCODERS = {
  collection: encodeCollectionError,
  affiliate: encodeAffiliateError,
  "affiliate-track": encodeTrackError,
  "site-events": encodeSiteEventsError,
  "profile-store": encodeProfileStoreError,
  operations: encodeOperationsError,
} as const satisfies Record<DialectName, EncodeError>;

/** Errors that a client could not have caused: they are logged with all that is known. */
const OUR_FAULT: ReadonlySet<ErrorCode> = new Set(["internal"]);

export const isOurFault = (error: AppError): boolean => OUR_FAULT.has(error.code);

/** Whatever was thrown while a request was handled, as a domain error. */
export function toDomainError(thrown: unknown, code: string | number, method: string, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  // What a route's body parser threw comes wrapped.
  if (code === "PARSE" && thrown instanceof Error && thrown.cause instanceof AppError) return thrown.cause;
  if (code === "NOT_FOUND") return unknownRoute(method, path);
  if (code === "VALIDATION") return toAppError(thrown as Parameters<typeof toAppError>[0]);
  if (code === "PARSE") return new AppError("invalid_json", "The request body could not be read", { cause: thrown });
  return new AppError("internal", "Something went wrong on the server", { cause: thrown });
}

function unknownRoute(method: string, path: string): AppError {
  if (lacksSite(path)) {
    const fieldErrors = { siteId: ["Required"] };
    return new AppError("missing_parameter", "Site ID not provided in path", { fieldErrors });
  }
  const allow = methodsAt(path);
  // A method that is allowed: the path as it was sent (`/a/../b`) is no route, only its short form is.
  if (allow.length === 0 || allow.includes(method)) return new AppError("not_found", "Route not found");
  return new AppError("method_not_allowed", `${method} is not allowed here; allowed: ${allow.join(", ")}`, { allow });
}

/** The answer in the shape of the dialect that the path belongs to. */
export function errorResponse(error: AppError, path: string, headers: Record<string, string>): Response {
  const { status, body } = ENCODERS[dialectAt(path)](error);
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...headers,
      "content-type": "application/json",
      ...(error.retryAfter === undefined ? {} : { "retry-after": String(error.retryAfter) }),
      ...(error.allow === undefined ? {} : { allow: error.allow.join(", ") }),
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="footfall"' } : {}),
    },
  });
}

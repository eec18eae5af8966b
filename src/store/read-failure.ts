import { AppError } from "../domain/errors.ts";
import { classifyFailure, diskFails, NO_ANSWER, overloaded } from "./write-failure.ts";

export function tooSlow(cause?: unknown): AppError {
  return new AppError("deadline_exceeded", "The read took too long: narrow it, for example by a time range", {
    retryAfter: 1,
    cause,
  });
}

/**
 * Waits for a read of the database.
 *
 * @throws `overloaded` where the database does not answer (a libSQL server may be away for a
 * while), `deadline_exceeded` where it did not answer in time; any other error as it came.
 */
export async function answerOf<T>(read: PromiseLike<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    // What we have thrown ourselves, in the wrapping of Drizzle.
    if (error instanceof Error && error.cause instanceof AppError) throw error.cause;
    const { failure, message } = classifyFailure(error);
    // Without the query, which Drizzle quotes with its values.
    const cause = new Error(message);
    if (failure === "disk_error") throw diskFails(cause);
    if (!NO_ANSWER.has(failure)) throw error;
    throw isSlow(error) ? tooSlow(cause) : overloaded("The database does not answer", cause);
  }
}

/** Whether a read failed because the database did not answer, not because of what was asked. */
export function isNoAnswer(error: unknown): boolean {
  return NO_ANSWER.has(classifyFailure(error).failure);
}

/** Whether a read failed because it was not answered in time. */
export function isSlow(error: unknown): boolean {
  if (error instanceof AppError) return error.code === "deadline_exceeded";
  return /TimeoutError|timed out/i.test(classifyFailure(error).message);
}

/** Whether what was asked for is more than the database gives at once: a libSQL server, 5 MB in one value. */
export function isTooLarge(error: unknown): boolean {
  return /SQLITE_TOOBIG|RESPONSE_TOO_LARGE/.test(classifyFailure(error).message);
}

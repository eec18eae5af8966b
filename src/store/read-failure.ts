import { AppError } from "../domain/errors.ts";
import { classifyFailure, diskFails, overloaded } from "./write-failure.ts";

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
    const { failure, message } = classifyFailure(error);
    if (failure === "disk_error") throw diskFails(error);
    if (failure !== "busy") throw error;
    throw /TimeoutError|timed out/i.test(message) ? tooSlow(error) : overloaded("The database does not answer", error);
  }
}

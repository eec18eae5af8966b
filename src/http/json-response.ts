import type { Context } from "elysia";

/**
 * JSON text as an answer, for a handler to return.
 *
 * Not as a `Response`: the guard has written into `set.headers` by then, and to add those Elysia makes a second
 * `Response` and streams the body of the first one into it.
 */
export function answerJson(set: Context["set"], status: number, json: string): string {
  set.status = status;
  set.headers["content-type"] = "application/json";
  return json;
}

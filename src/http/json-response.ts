import type { Context } from "elysia";

/**
 * JSON text as an answer, for a handler to return.
 *
 * Not as a `Response`: the guard has written into `set.headers` by then, and to add those Elysia makes a second
 * `Response` and streams the body of the first one into it.
 *
 * @typeParam Body what the text is for those who read the API's type: the value that their client gets. Where it is
 *   not said, a text is all that they know.
 */
export function answerJson<Body = string>(set: Context["set"], status: number, json: string): Body {
  set.status = status;
  set.headers["content-type"] = "application/json";
  return json as Body;
}

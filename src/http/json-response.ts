/**
 * JSON text as an answer.
 *
 * @typeParam Body what the text is for those who read the API's type: the value that their client
 *   gets. Where it is not said, a Response is all that they know.
 */
export function jsonResponse<Body = Response>(status: number, json: string): Body {
  const response = new Response(json, { status, headers: { "content-type": "application/json" } });
  return response as Body;
}

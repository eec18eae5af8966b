/** JSON text as an answer. */
export function jsonResponse(status: number, json: string): Response {
  return new Response(json, { status, headers: { "content-type": "application/json" } });
}

import { Elysia } from "elysia";
import script from "../../client/built/client.js" with { type: "file" };
import { createStoredAnswer } from "../openapi/stored-answer.ts";

/** A page asks again after an hour: its client is at most so much older than its server. */
const CACHE_CONTROL = "public, max-age=3600";

/**
 * `GET /client.js`: the client, as a module for `<script type="module">` of the pages that post
 * here. Browsers load a module of another origin only where that allows it.
 */
export function clientScript() {
  const answer = createStoredAnswer(async () => ({
    bytes: await Bun.file(script).bytes(),
    headers: {
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": CACHE_CONTROL,
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    },
  }));
  return new Elysia({ name: "client-script", normalize: false }).get("/client.js", ({ request }) => answer(request), {
    detail: { hide: true },
  });
}

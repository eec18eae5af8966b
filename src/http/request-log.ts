import { Elysia } from "elysia";
import type { Logger } from "../lib/log.ts";
import { requestIdOf } from "./request-id.ts";
import { pathOf } from "./request-path.ts";
import { elapsedMs, noteArrival } from "./request-time.ts";
import { originalOf } from "./usual-path.ts";

/**
 * One line a request, at level `debug`: id, method, path, status, time. No query (it may hold a key), no
 * headers, no body. At other levels it costs nothing, because it is not there.
 */
export function requestLog(log: Logger, isEnabled: boolean) {
  const plugin = new Elysia({ name: "request-log", normalize: false });
  if (!isEnabled) return plugin;
  return plugin
    .onRequest(({ request }) => {
      noteArrival(request);
    })
    .onAfterResponse({ as: "global" }, ({ request, set, responseValue }) => {
      // One line is enough for a request that had to find its way once more.
      if (originalOf(request) !== request) return;
      const status = responseValue instanceof Response ? responseValue.status : set.status;
      const ms = Math.round(elapsedMs(request) * 100) / 100;
      log.debug(
        { requestId: requestIdOf(request), method: request.method, path: pathOf(request), status, ms },
        "request",
      );
    });
}

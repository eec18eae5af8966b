import { Elysia } from "elysia";
import type { Authenticate } from "../domain/authenticate.ts";
import type { Logger } from "../lib/log.ts";
import { createAuthorize } from "./caller.ts";
import type { ClientAddress } from "./client-address.ts";
import { answerPreflight, type CorsOrigins, corsHeaders } from "./cors.ts";
import { type CollectionDeps, collectionDialect } from "./dialects/collection/index.ts";
import { errorResponse, isOurFault, toDomainError } from "./errors.ts";
import { createGuard } from "./guard.ts";
import { createAnswerAtLength } from "./long-response.ts";
import { apiDescription } from "./openapi/index.ts";
import { type OperationsDeps, operations } from "./operations/index.ts";
import { requestIdOf } from "./request-id.ts";
import { requestLog } from "./request-log.ts";
import { pathOf } from "./request-path.ts";
import { routesAt } from "./routes.ts";

/** Above every body limit of a route, which answer in their dialect's words; in bytes. */
const MAX_BODY_BYTES = 27 * 1024 * 1024;

/** A connection without a byte in either direction is closed after this time, in seconds. */
const IDLE_TIMEOUT_SECONDS = 30;

export interface HttpDeps extends Omit<CollectionDeps, "guard" | "answerAtLength">, OperationsDeps {
  readonly authenticate: Authenticate;
  readonly corsOrigins: CorsOrigins;
  readonly clientAddress: ClientAddress;
  readonly log: Logger;
  /** Whether every request is logged. */
  readonly logRequests: boolean;
}

/** All routes, without a port. */
export function createHttp(deps: HttpDeps) {
  const { corsOrigins, log } = deps;
  const guard = createGuard({ authorize: createAuthorize(deps), corsOrigins });
  return (
    new Elysia({
      normalize: false,
      serve: {
        reusePort: false,
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        maxRequestBodySize: MAX_BODY_BYTES,
        // Bun's own error page shows source code.
        development: false,
        error: () => new Response(null, { status: 500 }),
      },
    })
      // First: a handler that is registered later does not see the routes of the plugins before it.
      .onError(({ error: thrown, code, request, set }) => {
        const path = pathOf(request);
        if (code === "NOT_FOUND" && request.method === "OPTIONS") {
          const preflight = answerPreflight(request, path, corsOrigins);
          if (preflight) return preflight;
        }
        const error = toDomainError(thrown, code, request.method, path);
        const requestId = requestIdOf(request);
        if (isOurFault(error)) log.error({ requestId, method: request.method, path, err: error }, "request failed");
        const route = routesAt(path).get(request.method);
        const cors = route ? corsHeaders(route.access, request.headers.get("origin"), corsOrigins) : {};
        const response = errorResponse(error, path, { ...cors, "x-request-id": requestId });
        // For the request log, which does not see this answer.
        set.status = response.status;
        return response;
      })
      .use(requestLog(log, deps.logRequests))
      .use(operations(deps))
      .use(collectionDialect({ ...deps, guard, answerAtLength: createAnswerAtLength(deps) }))
      .use((app) => app.use(apiDescription({ version: deps.version, routes: () => app.routes })))
  );
}

export type Http = ReturnType<typeof createHttp>;

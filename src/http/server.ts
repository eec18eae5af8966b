import { Elysia } from "elysia";
import type { Authenticate } from "../domain/authenticate.ts";
import { observeIngest } from "../domain/observe-ingest.ts";
import type { Logger } from "../lib/log.ts";
import { createAuthorize } from "./caller.ts";
import type { ClientAddress } from "./client-address.ts";
import { answerPreflight, type CorsOrigins, corsHeaders } from "./cors.ts";
import { type CollectionDeps, collectionDialect } from "./dialects/collection/index.ts";
import { errorResponse, isOurFault, toDomainError } from "./errors.ts";
import { createGuard } from "./guard.ts";
import { observeRefusal, observeRequests } from "./observe-requests.ts";
import { apiDescription } from "./openapi/index.ts";
import { clientScript } from "./operations/client-script.ts";
import { type OperationsDeps, operations } from "./operations/index.ts";
import { type MetricsDeps, metricsRoute } from "./operations/metrics.ts";
import { requestIdOf } from "./request-id.ts";
import { requestLog } from "./request-log.ts";
import { type RequestObserver, UNOBSERVED } from "./request-observer.ts";
import { pathOf } from "./request-path.ts";
import { type DialectName, routesAt } from "./routes.ts";

/** Above every body limit of a route, which answer in their dialect's words; in bytes. */
const MAX_BODY_BYTES = 27 * 1024 * 1024;

/** A connection without a byte in either direction is closed after this time, in seconds. */
const IDLE_TIMEOUT_SECONDS = 30;

export interface HttpDeps
  extends Omit<CollectionDeps, "guard" | "countRejected">,
    OperationsDeps,
    Omit<MetricsDeps, "guard"> {
  readonly authenticate: Authenticate;
  readonly corsOrigins: CorsOrigins;
  readonly clientAddress: ClientAddress;
  readonly requests?: RequestObserver;
  readonly log: Logger;
  /** Whether every request is logged. */
  readonly logRequests: boolean;
}

/** All routes, without a port. */
export function createHttp(deps: HttpDeps) {
  const { corsOrigins, log, requests = UNOBSERVED } = deps;
  const guard = createGuard({ authorize: createAuthorize(deps), corsOrigins });
  /** What a dialect's events are counted by. */
  const observed = (dialect: DialectName) => ({
    ingestEvents: observeIngest(deps.ingestEvents, requests.eventsOf(dialect)),
    countRejected: (count: number) => requests.rejected(dialect, count),
  });
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
        const route = routesAt(path).get(request.method) ?? null;
        const cors = route ? corsHeaders(route.access, request.headers.get("origin"), corsOrigins) : {};
        const response = errorResponse(error, path, { ...cors, "x-request-id": requestId });
        observeRefusal(requests, { request, path, error, status: response.status, route });
        // For the request log, which does not see this answer.
        set.status = response.status;
        return response;
      })
      .use(requestLog(log, deps.logRequests))
      .use(observeRequests(requests))
      .use(operations(deps))
      .use(clientScript())
      .use(metricsRoute({ ...deps, guard }))
      .use(collectionDialect({ ...deps, ...observed("collection"), guard }))
      .use((app) => app.use(apiDescription({ version: deps.version, routes: () => app.routes })))
  );
}

export type Http = ReturnType<typeof createHttp>;

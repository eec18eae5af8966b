import { type AnyElysia, Elysia, type InternalRoute } from "elysia";
import type { Authenticate } from "../domain/authenticate.ts";
import type { NoteRejection } from "../domain/note-rejection.ts";
import { observeIngest } from "../domain/observe-ingest.ts";
import type { Logger } from "../lib/log.ts";
import type { Rate, RateLimiter } from "../lib/rate-limiter.ts";
import { createAdmission } from "./admission.ts";
import { createAuthorize } from "./caller.ts";
import type { ClientAddress } from "./client-address.ts";
import { type CorsOrigins, corsHeaders, createAnswerPreflight } from "./cors.ts";
import { type AffiliateDeps, affiliateDialect } from "./dialects/affiliate/index.ts";
import { REJECTED as REJECTED_BY_AFFILIATE } from "./dialects/affiliate/rejected.ts";
import { type CollectionDeps, collectionDialect } from "./dialects/collection/index.ts";
import { REJECTED as REJECTED_BY_COLLECTION } from "./dialects/collection/rejected.ts";
import { type ProfileStoreDeps, profileStoreDialect } from "./dialects/profile-store/index.ts";
import { REJECTED as REJECTED_BY_PROFILE_STORE } from "./dialects/profile-store/rejected.ts";
import { type SiteEventsDeps, siteEventsDialect } from "./dialects/site-events/index.ts";
import { REJECTED as REJECTED_BY_SITE_EVENTS } from "./dialects/site-events/rejected.ts";
import { errorResponse, isOurFault, toDomainError } from "./errors.ts";
import { createGuard } from "./guard.ts";
import { createFindInvalidBody } from "./invalid-body.ts";
import { createLimits } from "./limits.ts";
import { createAnswerAtLength } from "./long-response.ts";
import { observeRefusal, observeRequests } from "./observe-requests.ts";
import { apiDescription } from "./openapi/index.ts";
import { clientScript } from "./operations/client-script.ts";
import { type OperationsDeps, operations } from "./operations/index.ts";
import { type MetricsDeps, metricsRoute } from "./operations/metrics.ts";
import type { ProxyCountry } from "./proxy-country.ts";
import type { AnswerHead } from "./rate-headers.ts";
import { createRejectedEvents } from "./rejected-events.ts";
import { requestIdOf } from "./request-id.ts";
import { requestLog } from "./request-log.ts";
import { type ApiName, type RequestObserver, UNOBSERVED } from "./request-observer.ts";
import { pathOf } from "./request-path.ts";
import { routesAt } from "./routes.ts";
import { withUsualPath } from "./usual-path.ts";

/** Above every body limit of a route, which answer in their dialect's words; in bytes. */
const MAX_BODY_BYTES = 27 * 1024 * 1024;

/** A connection without a byte in either direction is closed after this time, in seconds. */
const IDLE_TIMEOUT_SECONDS = 30;

type DialectDeps = CollectionDeps & AffiliateDeps & SiteEventsDeps & ProfileStoreDeps;

export interface HttpDeps
  extends Omit<DialectDeps, "guard" | "admission" | "answerAtLength" | "rejectedEvents">,
    OperationsDeps,
    Omit<MetricsDeps, "guard"> {
  readonly authenticate: Authenticate;
  readonly corsOrigins: CorsOrigins;
  readonly clientAddress: ClientAddress;
  readonly requests?: RequestObserver;
  readonly proxyCountry: ProxyCountry;
  readonly limiter: RateLimiter;
  /** Of requests without a key, for each address and site; null: any number. */
  readonly keylessRate: Rate | null;
  readonly noteRejection: NoteRejection;
  readonly log: Logger;
  /** Whether every request is logged. */
  readonly logRequests: boolean;
}

/** Whose events can be looked at when they were not taken. */
const REJECTED = {
  ...REJECTED_BY_COLLECTION,
  ...REJECTED_BY_AFFILIATE,
  ...REJECTED_BY_SITE_EVENTS,
  ...REJECTED_BY_PROFILE_STORE,
};

/** All routes, without a port. */
export function createHttp(deps: HttpDeps) {
  const { corsOrigins, log, requests = UNOBSERVED } = deps;
  const limits = createLimits(deps);
  const authorize = createAuthorize({ ...deps, limits });
  const guard = createGuard({ authorize, corsOrigins });
  const admission = createAdmission({ limits });
  const rejectedEvents = createRejectedEvents({ ...deps, requests, routes: REJECTED });
  const answerPreflight = createAnswerPreflight(deps);
  let routes: readonly InternalRoute[] = [];
  /** The app's own way in, for a request that has to find its way once more. */
  let handle: ((request: Request) => Promise<Response>) | null = null;
  const findInvalidBody = createFindInvalidBody(() => routes);
  const answerAtLength = createAnswerAtLength({ ...deps, idleSeconds: IDLE_TIMEOUT_SECONDS });
  /** The same operation, of a dialect whose events are counted. */
  const ingestEventsOf = (dialect: ApiName) => observeIngest(deps.ingestEvents, requests.eventsOf(dialect));
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
      .onError(async ({ error: thrown, code, request, set, server, body, route: pattern }) => {
        const path = pathOf(request);
        if (code === "NOT_FOUND" && request.method === "OPTIONS") {
          const preflight = await answerPreflight(request, path);
          if (preflight) return preflight;
        }
        const usual = code === "NOT_FOUND" ? withUsualPath(request, path) : null;
        if (usual && handle) {
          const response = await handle(usual);
          // For the request log, which does not see this answer.
          set.status = response.status;
          return response;
        }
        const route = routesAt(path).get(request.method);
        const headers = set.headers as AnswerHead["headers"];
        // A body that cannot be read is found out before the caller is looked at, who comes first all the same.
        const refusal =
          code === "PARSE" && route ? await rejectionOf(authorize(request, server, route.access, headers)) : null;
        const invalid = thrown instanceof TypeError ? findInvalidBody(request.method, pattern, body) : null;
        const error = toDomainError(refusal ?? invalid ?? thrown, code, request.method, path);
        const requestId = requestIdOf(request);
        if (isOurFault(error)) log.error({ requestId, method: request.method, path, err: error }, "request failed");
        const cors = route ? corsHeaders(route.access, request.headers.get("origin"), corsOrigins) : {};
        const response = errorResponse(error, path, { ...cors, "x-request-id": requestId });
        await rejectedEvents.ofRequest(`${request.method} ${pattern}`, body, error, response.status);
        observeRefusal(requests, { request, path, error, status: response.status, route: route ?? null });
        // For the request log, which does not see this answer.
        set.status = response.status;
        return response;
      })
      .use(requestLog(log, deps.logRequests))
      .use(observeRequests(requests))
      .use(operations(deps))
      .use(clientScript())
      .use(metricsRoute({ ...deps, guard }))
      .use(
        untyped(
          collectionDialect({
            ...deps,
            ingestEvents: ingestEventsOf("collection"),
            guard,
            admission,
            answerAtLength,
            rejectedEvents,
          }),
        ),
      )
      .use(untyped(affiliateDialect({ ...deps, guard, admission })))
      .use(untyped(siteEventsDialect({ ...deps, ingestEvents: ingestEventsOf("site-events"), guard, admission })))
      .use(untyped(profileStoreDialect({ ...deps, ingestEvents: ingestEventsOf("profile-store"), guard, admission })))
      .use((app) => {
        routes = app.routes;
        handle = (request) => app.handle(request);
        return app.use(apiDescription({ version: deps.version, routes: () => app.routes }));
      })
  );
}

/** Without the types of its routes: those of all dialects together are more than the compiler follows. */
const untyped = (dialect: AnyElysia): AnyElysia => dialect;

/** What a promise is rejected with, null when it is not. */
const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

export type Http = ReturnType<typeof createHttp>;

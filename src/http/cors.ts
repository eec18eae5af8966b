import type { Access } from "./routes.ts";
import { routesAt } from "./routes.ts";

/** How long a browser may remember a preflight, in seconds. */
const MAX_AGE = "86400";
const ALLOWED_HEADERS = "Content-Type, Authorization, X-API-Key, X-Requested-With";

/** The origins, beside the server's own, that may read and manage; `*` for all. */
export type CorsOrigins = readonly string[];

/**
 * The CORS headers of an answer. Ingestion answers every origin, without credentials; everything
 * else only the configured ones.
 */
export function corsHeaders(access: Access, origin: string | null, allowed: CorsOrigins): Record<string, string> {
  if (access.kind === "ingestion") return { "access-control-allow-origin": "*" };
  if (allowed.includes("*")) return { "access-control-allow-origin": "*" };
  if (allowed.length === 0) return {};
  if (origin === null || !allowed.includes(origin)) return { vary: "Origin" };
  return { "access-control-allow-origin": origin, vary: "Origin" };
}

/** The answer to `OPTIONS` on a path that exists, null on one that does not. */
export function answerPreflight(request: Request, path: string, allowed: CorsOrigins): Response | null {
  const routes = routesAt(path);
  if (routes.size === 0) return null;
  const asked = request.headers.get("access-control-request-method");
  const route = routes.get(asked ?? "") ?? routes.values().next().value;
  const headers: Record<string, string> = {
    ...(route ? corsHeaders(route.access, request.headers.get("origin"), allowed) : {}),
    allow: [...routes.keys(), "OPTIONS"].join(", "),
  };
  if (headers["access-control-allow-origin"] !== undefined) {
    headers["access-control-allow-methods"] = [...routes.keys()].join(", ");
    headers["access-control-allow-headers"] = ALLOWED_HEADERS;
    headers["access-control-max-age"] = MAX_AGE;
  }
  return new Response(null, { status: 204, headers });
}

import { type Access, methodsAt, routesAt } from "./routes.ts";

/** How long a browser may remember a preflight, in seconds. */
const MAX_AGE = "86400";
const ALLOW_ORIGIN = "access-control-allow-origin";
const ALLOWED_HEADERS = "Content-Type, Authorization, X-API-Key, X-Requested-With";

/** The origins, beside the server's own, that may read and manage; `*` for all. */
export type CorsOrigins = readonly string[];

/**
 * The CORS headers of an answer. Ingestion answers every origin, without credentials; reading and
 * managing only the configured ones; what scripts and people ask of the server itself, none.
 */
export function corsHeaders(access: Access, origin: string | null, allowed: CorsOrigins): Record<string, string> {
  if (access.kind === "ingestion") return { [ALLOW_ORIGIN]: "*" };
  if (access.kind === "public") return {};
  if (allowed.includes("*")) return { [ALLOW_ORIGIN]: "*" };
  if (allowed.length === 0) return {};
  if (origin === null || !allowed.includes(origin)) return { vary: "Origin" };
  return { [ALLOW_ORIGIN]: origin, vary: "Origin" };
}

/** The answer to `OPTIONS` on a path that exists, null on one that does not. */
export function answerPreflight(request: Request, path: string, allowed: CorsOrigins): Response | null {
  const routes = routesAt(path);
  if (routes.size === 0) return null;
  const origin = request.headers.get("origin");
  const asked = request.headers.get("access-control-request-method");
  const route = routes.get(asked ?? "") ?? routes.values().next().value;
  const headers: Record<string, string> = {
    ...(route ? corsHeaders(route.access, origin, allowed) : {}),
    allow: [...methodsAt(path), "OPTIONS"].join(", "),
  };
  if (headers[ALLOW_ORIGIN] !== undefined) {
    // Only those that are open to this origin: a browser remembers all that it is told here.
    const open = [...routes].filter(([, { access }]) => ALLOW_ORIGIN in corsHeaders(access, origin, allowed));
    headers["access-control-allow-methods"] = open.map(([method]) => method).join(", ");
    headers["access-control-allow-headers"] = ALLOWED_HEADERS;
    headers["access-control-max-age"] = MAX_AGE;
  }
  return new Response(null, { status: 204, headers });
}

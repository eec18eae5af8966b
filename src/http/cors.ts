import type { SiteStore } from "../domain/ports.ts";
import { normalizeOrigin } from "../lib/origin.ts";
import { RATE_FIELDS } from "./rate-headers.ts";
import { type Access, methodsAt, routesAt } from "./routes.ts";

/** How long a browser may remember a preflight, in seconds. */
const MAX_AGE = "86400";
const ALLOW_ORIGIN = "access-control-allow-origin";
const EXPOSE_HEADERS = "access-control-expose-headers";
const ALLOWED_HEADERS = "Content-Type, Authorization, X-API-Key, X-Requested-With";

/** What a page may read of an answer's head, where it may read the answer. */
const EXPOSED = { [EXPOSE_HEADERS]: ["Retry-After", ...RATE_FIELDS, "X-Request-Id"].join(", ") };
const OPEN = { [ALLOW_ORIGIN]: "*" };
const OPEN_TO_PAGES = { ...OPEN, ...EXPOSED };

/** The origins, beside the server's own, that may read and manage; `*` for all. */
export type CorsOrigins = readonly string[];

/**
 * The CORS headers of an answer. Ingestion answers every origin, without credentials; reading and
 * managing only the configured ones; what scripts and people ask of the server itself, none.
 */
export function corsHeaders(
  access: Access,
  origin: string | null,
  allowed: CorsOrigins,
): Readonly<Record<string, string>> {
  if (access.kind === "public") return {};
  if (access.kind === "ingestion" || allowed.includes("*")) return origin === null ? OPEN : OPEN_TO_PAGES;
  if (allowed.length === 0) return {};
  return origin === null || !allowed.includes(origin) ? { vary: "Origin" } : openTo(origin);
}

/** The CORS headers of an answer that pages of one origin may read. */
export const openTo = (origin: string): Readonly<Record<string, string>> => ({
  [ALLOW_ORIGIN]: origin,
  vary: "Origin",
  ...EXPOSED,
});

/** The answer to `OPTIONS` on a path that exists, null on one that does not. */
export type AnswerPreflight = (request: Request, path: string) => Promise<Response | null>;

/**
 * A site's own origins are told that they may ask, for they may read the answers about that site: which
 * site it will be, a preflight does not say.
 */
export function createAnswerPreflight(deps: {
  corsOrigins: CorsOrigins;
  sites: Pick<SiteStore, "isAllowedOrigin">;
}): AnswerPreflight {
  const { corsOrigins, sites } = deps;

  async function originsFor(origin: string | null): Promise<CorsOrigins> {
    if (origin === null || normalizeOrigin(origin) !== origin) return corsOrigins;
    return (await sites.isAllowedOrigin(origin)) ? [...corsOrigins, origin] : corsOrigins;
  }

  return async (request, path) => {
    const routes = routesAt(path);
    if (routes.size === 0) return null;
    const origin = request.headers.get("origin");
    const asked = request.headers.get("access-control-request-method");
    const route = routes.get(asked ?? "") ?? routes.values().next().value;
    const isOpenToAll = route?.access.kind === "ingestion" || route?.access.kind === "public";
    const allowed = isOpenToAll ? corsOrigins : await originsFor(origin);
    const headers: Record<string, string> = {
      ...(route ? corsHeaders(route.access, origin, allowed) : {}),
      allow: [...methodsAt(path), "OPTIONS"].join(", "),
    };
    // Nothing is read of this answer.
    delete headers[EXPOSE_HEADERS];
    if (headers[ALLOW_ORIGIN] !== undefined) {
      // Only those that are open to this origin: a browser remembers all that it is told here.
      const open = [...routes].filter(([, { access }]) => ALLOW_ORIGIN in corsHeaders(access, origin, allowed));
      headers["access-control-allow-methods"] = open.map(([method]) => method).join(", ");
      headers["access-control-allow-headers"] = ALLOWED_HEADERS;
      headers["access-control-max-age"] = MAX_AGE;
    }
    return new Response(null, { status: 204, headers });
  };
}

import type { Permission } from "../domain/api-key.ts";

/**
 * The published APIs, and `operations` for what stands beside them. The affiliate API speaks of errors
 * in another way where events come in.
 */
export type DialectName =
  | "collection"
  | "affiliate"
  | "affiliate-track"
  | "site-events"
  | "profile-store"
  | "operations";

/** Who may call a route. */
export type Access =
  /** Everyone. */
  | { readonly kind: "public" }
  /** Whoever knows a site's public write-only code; a key that is sent along must have the permission. */
  | { readonly kind: "ingestion"; readonly permission: "events:write" }
  /** A key with the permission; for sites that are publicly readable, everyone. */
  | { readonly kind: "site-read"; readonly permission: "events:read" }
  /** A key with the permission. */
  | { readonly kind: "key"; readonly permission: Permission }
  /** The admin key. */
  | { readonly kind: "admin" };

export interface Route {
  readonly dialect: DialectName;
  readonly access: Access;
}

const PUBLIC = { kind: "public" } as const satisfies Access;
const INGESTION = { kind: "ingestion", permission: "events:write" } as const satisfies Access;
const SITE_READ = { kind: "site-read", permission: "events:read" } as const satisfies Access;
const ADMIN = { kind: "admin" } as const satisfies Access;
const key = (permission: Permission) => ({ kind: "key", permission }) as const satisfies Access;

/**
 * Every route with its dialect and who may call it: once, for the routes themselves, for unknown
 * paths and wrong methods, for CORS, for the API description, and for the tests made from it.
 */
export const ROUTES = {
  "POST /api/v1/events": { dialect: "collection", access: INGESTION },
  "POST /api/v1/events/batch": { dialect: "collection", access: INGESTION },
  "GET /api/v1/events": { dialect: "collection", access: SITE_READ },
  // Before the ids, which would match as well.
  "GET /api/v1/events/export": { dialect: "collection", access: key("events:read") },
  "GET /api/v1/events/stream": { dialect: "collection", access: key("events:read") },
  "GET /api/v1/events/:id": { dialect: "collection", access: SITE_READ },
  "POST /api/v1/track": { dialect: "collection", access: INGESTION },
  "POST /api/v1/websites": { dialect: "collection", access: key("sites:manage") },
  "GET /api/v1/websites": { dialect: "collection", access: key("events:read") },
  "GET /api/v1/websites/:id": { dialect: "collection", access: key("events:read") },
  "PATCH /api/v1/websites/:id": { dialect: "collection", access: key("sites:manage") },
  "DELETE /api/v1/websites/:id": { dialect: "collection", access: key("sites:manage") },
  "POST /api/v1/websites/:id/restore": { dialect: "collection", access: key("sites:manage") },
  "POST /api/v1/keys": { dialect: "collection", access: key("keys:manage") },
  "GET /api/v1/keys": { dialect: "collection", access: key("keys:manage") },
  "POST /api/v1/keys/:id/rotate": { dialect: "collection", access: key("keys:manage") },
  "DELETE /api/v1/keys/:id": { dialect: "collection", access: key("keys:manage") },
  "GET /api/v1/sites": { dialect: "site-events", access: key("events:read") },
  "GET /api/v1/sites/:siteId/events": { dialect: "site-events", access: key("events:read") },
  "GET /api/v1/sites/:siteId/stats": { dialect: "site-events", access: key("events:read") },
  "POST /api/t": { dialect: "site-events", access: INGESTION },
  "POST /api/integrations/cloudflare/verify": { dialect: "site-events", access: INGESTION },
  "GET /api/tracking/events/:programId": { dialect: "affiliate", access: key("events:read") },
  "GET /api/tracking/status/:programId": { dialect: "affiliate", access: key("events:read") },
  "GET /api/tracking/performance/:programId": { dialect: "affiliate", access: key("events:read") },
  "POST /api/v1/track/click": { dialect: "affiliate-track", access: INGESTION },
  "POST /api/v1/track/lead": { dialect: "affiliate-track", access: INGESTION },
  "POST /api/v1/track/sale": { dialect: "affiliate-track", access: key("events:write") },
  "POST /api/v1/track/refund": { dialect: "affiliate-track", access: key("events:write") },
  "POST /api/tracking/click": { dialect: "affiliate-track", access: INGESTION },
  "POST /api/tracking/lead": { dialect: "affiliate-track", access: INGESTION },
  "POST /api/tracking/sale": { dialect: "affiliate-track", access: key("events:write") },
  "POST /api/tracking/refund": { dialect: "affiliate-track", access: key("events:write") },
  "DELETE /api/v1/events": { dialect: "collection", access: key("events:delete") },
  "DELETE /api/v1/events/:id": { dialect: "collection", access: key("events:delete") },
  "POST /api/v1/events/:id/restore": { dialect: "collection", access: key("events:delete") },
  "POST /api/v1/events/delete": { dialect: "collection", access: key("events:delete") },
  "GET /api/v1/deletions": { dialect: "collection", access: key("events:delete") },
  "GET /api/v1/deletions/:id": { dialect: "collection", access: key("events:delete") },
  "POST /api/v1/deletions/:id/restore": { dialect: "collection", access: key("events:delete") },
  "DELETE /api/v1/visitors/:visitorId": { dialect: "collection", access: key("events:delete") },
  "GET /api/v1/visitors/:visitorId/export": { dialect: "collection", access: key("events:read") },
  "GET /api/v1/audit": { dialect: "collection", access: key("keys:manage") },
  "POST /api/v2.0/Track": { dialect: "profile-store", access: key("events:write") },
  "POST /api/v1.0/Track": { dialect: "profile-store", access: key("events:write") },
  "POST /api/v2.0/TrackBulk": { dialect: "profile-store", access: key("events:write") },
  "POST /api/v1.0/TrackBulk": { dialect: "profile-store", access: key("events:write") },
  "GET /api/v2.0/TrackEvents": { dialect: "profile-store", access: key("events:read") },
  "GET /api/v1.0/TrackEvents": { dialect: "profile-store", access: key("events:read") },
  "POST /api/v2.0/TrackEvents/preview": { dialect: "profile-store", access: key("events:read") },
  "DELETE /api/v2.0/TrackEvents/:scope/:id": { dialect: "profile-store", access: key("events:delete") },
  "POST /api/v2.0/TrackEvents/:scope/:id/restore": { dialect: "profile-store", access: key("events:delete") },
  "GET /health": { dialect: "operations", access: PUBLIC },
  "GET /ready": { dialect: "operations", access: PUBLIC },
  "GET /version": { dialect: "operations", access: PUBLIC },
  "GET /metrics": { dialect: "operations", access: ADMIN },
  "GET /client.js": { dialect: "operations", access: PUBLIC },
  "GET /openapi.json": { dialect: "operations", access: PUBLIC },
  "GET /docs": { dialect: "operations", access: PUBLIC },
  "GET /docs/:file": { dialect: "operations", access: PUBLIC },
} as const satisfies Record<`${string} /${string}`, Route>;

export type RouteName = keyof typeof ROUTES;

interface Pattern {
  readonly method: string;
  readonly segments: readonly string[];
  readonly route: Route;
}

/** Whether a segment of a path is the one of a route. In paths of profile-store case makes no difference. */
function isSame({ route }: Pattern, segment: string | undefined, sent: string | undefined): boolean {
  if (segment === sent) return true;
  if (route.dialect !== "profile-store" || segment === undefined || sent === undefined) return false;
  return segment.toLowerCase() === sent.toLowerCase();
}

const PATTERNS: readonly Pattern[] = Object.entries(ROUTES).map(([name, route]) => {
  const [method = "", path = ""] = name.split(" ");
  return { method, segments: splitPath(path), route };
});

/** A slash at the end makes no difference: it makes none to the router. */
function splitPath(path: string): string[] {
  const segments = path.split("/").slice(1);
  if (segments.length > 1 && segments.at(-1) === "") segments.pop();
  return segments;
}

/** The routes that `path` has, by method; `:name` matches any one segment that is not empty. */
export function routesAt(path: string): ReadonlyMap<string, Route> {
  const segments = splitPath(path);
  const found = new Map<string, Route>();
  for (const pattern of PATTERNS) {
    const matches =
      pattern.segments.length === segments.length &&
      pattern.segments.every(
        (segment, i) => isSame(pattern, segment, segments[i]) || (segment.startsWith(":") && segments[i] !== ""),
      );
    if (matches && !found.has(pattern.method)) found.set(pattern.method, pattern.route);
  }
  return found;
}

/**
 * The path as its route has it, where it differs in case alone; what stands for a `:name` keeps its
 * own. Null where there is no such route, or nothing differs.
 */
export function usualPath(method: string, path: string): string | null {
  const segments = splitPath(path);
  for (const pattern of PATTERNS) {
    if (pattern.route.dialect !== "profile-store" || pattern.segments.length !== segments.length) continue;
    if (pattern.method !== method && !(pattern.method === "GET" && method === "HEAD")) continue;
    const usual = pattern.segments.map((segment, i) => {
      const sent = segments[i] ?? "";
      if (segment.startsWith(":")) return sent === "" ? null : sent;
      return isSame(pattern, segment, sent) ? segment : null;
    });
    const joined = `/${usual.join("/")}`;
    if (!usual.includes(null) && joined !== path) return joined;
  }
  return null;
}

/** Whether the path is that of a route but for its site, which is empty: `/api/v1/sites//events`. */
export function lacksSite(path: string): boolean {
  const segments = splitPath(path);
  return PATTERNS.some(
    (pattern) =>
      pattern.segments.includes(":siteId") &&
      pattern.segments.length === segments.length &&
      pattern.segments.every((segment, i) => segments[i] === (segment === ":siteId" ? "" : segment)),
  );
}

/** What a client may be told of a path's methods: `HEAD` goes wherever `GET` does. */
export function methodsAt(path: string): readonly string[] {
  return [...routesAt(path).keys()].flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

/** Whose error an unknown path is: the dialect that shares the longest beginning with it, by whole segments. */
export function dialectAt(path: string): DialectName {
  const segments = splitPath(path);
  let longest = 0;
  let dialect: DialectName = segments[0] === "api" ? "collection" : "operations";
  for (const pattern of PATTERNS) {
    let shared = 0;
    while (shared < pattern.segments.length && isSame(pattern, pattern.segments[shared], segments[shared])) {
      shared += 1;
    }
    // Only a path that goes on as profile-store's do may write `api` in another case.
    const isOthers = shared === 1 && pattern.segments[0] !== segments[0];
    if (shared > longest && !isOthers) {
      longest = shared;
      dialect = pattern.route.dialect;
    }
  }
  return dialect;
}

import { isCleanText } from "../../../domain/text.ts";
import type { RejectedRoutes, SitesNamedBy } from "../../rejected-events.ts";
import { DEFAULT_SCOPE } from "./scopes.ts";

/** The scope of an event, of a list's first one, or where neither says one, or nobody has it, `default`. */
const namedBy: SitesNamedBy = (body) => {
  const event: unknown = Array.isArray(body) ? body[0] : body;
  const scope = typeof event === "object" && event !== null ? scopeIn(event) : undefined;
  const scopes = typeof scope === "string" && isCleanText(scope) ? [scope, DEFAULT_SCOPE] : [DEFAULT_SCOPE];
  return scopes.map((text) => ({ by: "scope", text }));
};

/** Fields are in PascalCase or camelCase. */
const scopeIn = (event: object): unknown =>
  Object.entries(event).find(([name]) => name.toLowerCase() === "scope")?.[1] || undefined;

/** The routes that take events, and where an event that was not taken names its site. */
export const REJECTED = {
  "POST /api/v2.0/Track": namedBy,
  "POST /api/v1.0/Track": namedBy,
  "POST /api/v2.0/TrackBulk": namedBy,
  "POST /api/v1.0/TrackBulk": namedBy,
} as const satisfies RejectedRoutes;

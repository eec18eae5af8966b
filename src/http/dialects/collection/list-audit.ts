import { Elysia } from "elysia";
import type { Audit, AuditQuery } from "../../../domain/audit.ts";
import { assertCleanText } from "../../../domain/text.ts";
import { decodeTimeBound } from "../../../domain/time-bound.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";

import { AuditList, ListAuditQuery } from "./deletion-schemas.ts";
import { decodeIdCursor, encodeAuditEntry, encodeIdCursor } from "./encode-deletion.ts";
import type { FindReadableSite } from "./find-site.ts";
import { requireUnboundKey } from "./require-unbound-key.ts";
import { ErrorBody } from "./schemas.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** `GET /api/v1/audit`: who deleted, restored, purged and changed keys, newest first. */
export function listAuditRoute(deps: { guard: Guard; findReadableSite: FindReadableSite; audit: Audit }) {
  const { guard, findReadableSite, audit } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/audit",
    async ({ query, caller }) => {
      requireUnboundKey(caller);
      const site = query.trackingCode ? await findReadableSite(caller, query.trackingCode) : null;
      const limit = Math.min(Number(query.limit ?? DEFAULT_LIMIT), MAX_LIMIT);
      // One more than asked for tells whether there is a next page.
      const wanted = { ...decodeFilter(query), ...(site ? { siteId: site.id } : {}), limit: limit + 1 };
      const found = await audit.list(wanted);
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      return {
        entries: page.map(encodeAuditEntry),
        pagination: { limit, nextCursor: last ? encodeIdCursor(last.id) : null },
      };
    },
    {
      access: "GET /api/v1/audit",
      query: ListAuditQuery,
      detail: {
        operationId: "listAudit",
        summary: "List who did what",
        description:
          "Deletions, restorations, purges, erasures, exports of visitors and changes of keys, newest first, for a year: who, what, how many, when, and never what was in an event. Needs a key for all websites.",
        responses: responses({
          200: { description: "A page of entries", schema: AuditList },
          400: { description: "A parameter is wrong", schema: ErrorBody },
          403: { description: "The key lacks `keys:manage`, or is bound to some websites", schema: ErrorBody },
          404: { description: "No website has this tracking code", schema: ErrorBody },
        }),
      },
    },
  );
}

/** @throws `invalid_input` that names the parameter. */
function decodeFilter({ action, by, from, to, cursor }: ListAuditQuery): Omit<AuditQuery, "limit"> {
  if (by !== undefined) assertCleanText("by", by);
  const since = decodeTimeBound("from", from, "first");
  const until = decodeTimeBound("to", to, "last");
  return {
    ...(action === undefined ? {} : { action }),
    ...(by === undefined ? {} : { by }),
    ...(since === undefined ? {} : { from: since }),
    ...(until === undefined ? {} : { to: until }),
    ...(cursor === undefined ? {} : { before: decodeIdCursor(cursor) }),
  };
}

import { Elysia } from "elysia";
import type { Audit, AuditQuery } from "../../../domain/audit.ts";
import { assertCleanText } from "../../../domain/text.ts";
import { decodeTimeBound } from "../../../domain/time-bound.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { AuditList, ListAuditQuery } from "./deletion-schemas.ts";
import { encodeAuditEntry } from "./encode-deletion.ts";
import type { FindReadableSite } from "./find-site.ts";
import { decodeIdPage } from "./id-page.ts";
import { requireUnboundKey } from "./require-unbound-key.ts";
import { ErrorBody } from "./schemas.ts";

/** `GET /api/v1/audit`: who deleted, restored, purged and changed keys, newest first. */
export function listAuditRoute(deps: { guard: Guard; findReadableSite: FindReadableSite; audit: Audit }) {
  const { guard, findReadableSite, audit } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/audit",
    async ({ query, caller }) => {
      requireUnboundKey(caller);
      const site = query.trackingCode ? await findReadableSite(caller, query.trackingCode) : null;
      const filter = decodeFilter(query);
      const { wanted, cut } = decodeIdPage(query);
      const found = await audit.list({ ...filter, ...(site ? { siteId: site.id } : {}), ...wanted });
      const { page, pagination } = cut(found);
      return { entries: page.map(encodeAuditEntry), pagination };
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
function decodeFilter({ action, by, from, to }: ListAuditQuery): Omit<AuditQuery, "limit"> {
  if (by !== undefined) assertCleanText("by", by);
  const since = decodeTimeBound("from", from, "first");
  const until = decodeTimeBound("to", to, "last");
  return {
    ...(action === undefined ? {} : { action }),
    ...(by === undefined ? {} : { by }),
    ...(since === undefined ? {} : { from: since }),
    ...(until === undefined ? {} : { to: until }),
  };
}

import { Elysia, t } from "elysia";
import type { ExportVisitor } from "../../../domain/export-visitor.ts";
import type { AnswerExport } from "../../answer-export.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { decodeVisitorId, nameOf } from "./deletion-request.ts";
import { VisitorId, VisitorQuery } from "./deletion-schemas.ts";
import { encodeWholeEvent } from "./encode-deletion.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody } from "./schemas.ts";

const JSON_LINES = "application/x-ndjson";

/** `GET /api/v1/visitors/:visitorId/export`: everything that is stored of a visitor, as JSON lines. */
export function exportVisitorRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  exportVisitor: ExportVisitor;
  answerExport: AnswerExport;
}) {
  const { guard, findReadableSite, exportVisitor, answerExport } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/visitors/:visitorId/export",
    async ({ params, query, caller, request, server }) => {
      const site = await findReadableSite(caller, query.trackingCode);
      const visitorId = decodeVisitorId(params.visitorId);
      return answerExport({
        request,
        server,
        contentType: JSON_LINES,
        fileName: "visitor.jsonl",
        encode: (events) => events.map(encodeWholeEvent).join(""),
        begin: () => exportVisitor({ site, visitorId, by: nameOf(caller) }),
      });
    },
    {
      access: "GET /api/v1/visitors/:visitorId/export",
      params: VisitorId,
      query: VisitorQuery,
      detail: {
        operationId: "exportVisitor",
        summary: "Export what is stored of a visitor",
        description:
          "Every event of the visitor that is not deleted, oldest first, one JSON object a line, with all that is stored of it.",
        responses: responses({
          200: { description: "The events", schema: t.String(), mediaTypes: [JSON_LINES] },
          400: { description: "A parameter is missing or wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          503: {
            description: "Too many exports are under way, or the read took too long; retry after `Retry-After`",
            schema: ErrorBody,
          },
        }),
      },
    },
  );
}

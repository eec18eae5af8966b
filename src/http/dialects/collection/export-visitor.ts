import { Elysia, t } from "elysia";
import type { StoredEvent } from "../../../domain/event.ts";
import type { ExportVisitor } from "../../../domain/export-visitor.ts";
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
}) {
  const { guard, findReadableSite, exportVisitor } = deps;
  return new Elysia({ normalize: false }).use(guard).get(
    "/api/v1/visitors/:visitorId/export",
    async ({ params, query, caller }) => {
      const { id: siteId } = await findReadableSite(caller, query.trackingCode);
      const visitorId = decodeVisitorId(params.visitorId);
      const pages = await exportVisitor({ siteId, visitorId, by: nameOf(caller) });
      return new Response(toStream(pages), {
        headers: {
          "content-type": JSON_LINES,
          "content-disposition": 'attachment; filename="visitor.jsonl"',
        },
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
          200: { description: "The events", schema: t.String(), mediaType: JSON_LINES },
          400: { description: "A parameter is missing or wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          503: { description: "The read took too long", schema: ErrorBody },
        }),
      },
    },
  );
}

/** The next page is read when the client has taken the last one; no more when it goes away. */
function toStream(pages: AsyncIterable<readonly StoredEvent[]>): ReadableStream<Uint8Array> {
  const iterator = pages[Symbol.asyncIterator]();
  const utf8 = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) return controller.close();
      controller.enqueue(utf8.encode(value.map(encodeWholeEvent).join("")));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

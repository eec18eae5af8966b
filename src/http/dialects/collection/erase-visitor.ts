import { Elysia } from "elysia";
import type { EraseVisitor } from "../../../domain/erase-visitor.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import { deletedResponse } from "./delete-events.ts";
import { decodeReason, decodeVisitorId, nameOf } from "./deletion-request.ts";
import { AcceptedDeletion, DeletedEvents, EraseVisitorQuery, VisitorId } from "./deletion-schemas.ts";
import type { FindReadableSite } from "./find-site.ts";
import { ErrorBody } from "./schemas.ts";

/** `DELETE /api/v1/visitors/:visitorId`: removes every event of a visitor for good. */
export function eraseVisitorRoute(deps: {
  guard: Guard;
  findReadableSite: FindReadableSite;
  eraseVisitor: EraseVisitor;
}) {
  const { guard, findReadableSite, eraseVisitor } = deps;
  return new Elysia({ normalize: false }).use(guard).delete(
    "/api/v1/visitors/:visitorId",
    async ({ params, query, caller }) => {
      const { id: siteId } = await findReadableSite(caller, query.trackingCode);
      const dryRun = query.dryRun === "true";
      const erased = await eraseVisitor({
        siteId,
        visitorId: decodeVisitorId(params.visitorId),
        by: nameOf(caller),
        reason: decodeReason(query.reason),
        dryRun,
      });
      return deletedResponse(erased, dryRun);
    },
    {
      access: "DELETE /api/v1/visitors/:visitorId",
      params: VisitorId,
      query: EraseVisitorQuery,
      detail: {
        operationId: "eraseVisitor",
        summary: "Erase a visitor",
        description:
          "Removes every event of the visitor for good, at once and without a way back, also deleted ones and test events. Try `dryRun=true` first.",
        responses: responses({
          200: { description: "They are removed, or counted", schema: DeletedEvents },
          202: {
            description:
              "More than 10,000: nobody can read them any more; the rest of the work can be watched at `Location`",
            schema: AcceptedDeletion,
          },
          400: { description: "A parameter is missing or wrong", schema: ErrorBody },
          404: { description: "No website that the key may see has this tracking code", schema: ErrorBody },
          503: { description: "Too much is being carried out, or it took too long to find them", schema: ErrorBody },
        }),
      },
    },
  );
}

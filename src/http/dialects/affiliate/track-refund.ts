import { Elysia, t } from "elysia";
import type { RefundSale } from "../../../domain/refund-sale.ts";
import { readText } from "../../body.ts";
import type { Guard } from "../../guard.ts";
import { decodeRefund } from "./decode-track.ts";
import { encodeRefund, encodeTest } from "./encode.ts";
import { TrackError } from "./errors.ts";
import { type FindWritableProgram, sitesOf } from "./find-program.ts";
import { MAX_TRACK_BYTES, operationId, type TrackPrefix, trackResponses } from "./track-route.ts";
import { RefundTracked, TestTracked, TrackRefund } from "./track-schemas.ts";

/** `POST …/refund`: a payment goes back, as a whole or in part. */
export function trackRefundRoute(deps: {
  prefix: TrackPrefix;
  guard: Guard;
  findWritableProgram: FindWritableProgram;
  refundSale: RefundSale;
}) {
  const { prefix, guard, findWritableProgram, refundSale } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    `${prefix}/refund`,
    async ({ body, caller }) => {
      const { programId, ...refund } = decodeRefund(body);
      const named = programId === null ? null : await findWritableProgram.named(caller, programId);
      const { sale, ...state } = await refundSale({ ...refund, siteIds: named ? [named.id] : sitesOf(caller) });
      return refund.isTest ? encodeTest("refund", sale.id, { id: sale.siteId }) : encodeRefund(sale.id, state);
    },
    {
      access: `POST ${prefix}/refund`,
      parse: readText(MAX_TRACK_BYTES),
      body: TrackRefund,
      detail: {
        operationId: operationId("trackRefund", prefix),
        summary: "Track a refund",
        description:
          "The sale's `payment_status` becomes `refunded`, or `partially_refunded` while something of it is left. The same refund twice is one: it is known by its `refund_id`, or else by amount and reason.",
        responses: trackResponses({
          200: { description: "The refund is part of its sale", schema: t.Union([RefundTracked, TestTracked]) },
          404: { description: "No sale of the key's programs has this transaction", schema: TrackError },
        }),
      },
    },
  );
}

import { Elysia, t } from "elysia";
import type { TrackSale as TrackSaleOperation } from "../../../domain/track-sale.ts";
import type { Clock } from "../../../lib/clock.ts";
import { readText } from "../../body.ts";
import type { Guard } from "../../guard.ts";
import { requestFacts } from "../../request-facts.ts";
import { decodeSale } from "./decode-track.ts";
import { encodeTest } from "./encode.ts";
import { TrackError } from "./errors.ts";
import type { FindWritableProgram } from "./find-program.ts";
import { MAX_TRACK_BYTES, operationId, type TrackPrefix, trackResponses } from "./track-route.ts";
import { SaleTracked, TestTracked, TrackSale } from "./track-schemas.ts";

/** `POST …/sale`: somebody has paid. */
export function trackSaleRoute(deps: {
  prefix: TrackPrefix;
  guard: Guard;
  clock: Clock;
  findWritableProgram: FindWritableProgram;
  trackSale: TrackSaleOperation;
}) {
  const { prefix, guard, clock, findWritableProgram, trackSale } = deps;
  return new Elysia({ normalize: false }).use(guard).post(
    `${prefix}/sale`,
    async ({ body, caller, request }) => {
      const sale = decodeSale(body, requestFacts(request, caller, clock));
      const site = await findWritableProgram.ofOrigin(caller, sale);
      const eventId = await trackSale({ ...sale, site });
      if (sale.isTest) return encodeTest("sale", eventId, site);
      return {
        success: true as const,
        sale_id: eventId,
        commission_id: null,
        message: "Sale tracked successfully",
      };
    },
    {
      access: `POST ${prefix}/sale`,
      parse: readText(MAX_TRACK_BYTES),
      body: TrackSale,
      detail: {
        operationId: operationId("trackSale", prefix),
        summary: "Track a sale",
        description:
          "Needs a `customer_key` or a `click_id`. A `transaction_id` is stored once in its program, however often it is sent.",
        responses: trackResponses({
          200: { description: "The sale is stored", schema: t.Union([SaleTracked, TestTracked]) },
          409: { description: "The transaction was stored before: nothing has changed", schema: TrackError },
        }),
      },
    },
  );
}

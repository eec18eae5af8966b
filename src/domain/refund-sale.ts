import type { Clock } from "../lib/clock.ts";
import { type AttributionStore, MAX_REFUNDS, type RefundState, type Sale } from "./attributed-events.ts";
import { AppError, invalid } from "./errors.ts";
import { transactionKey } from "./track-sale.ts";

export interface RefundSaleInput {
  readonly transactionId: string;
  readonly isTest: boolean;
  /** In the smallest unit of the sale's currency; null: all that is left. */
  readonly amount: number | null;
  readonly reason: string | null;
  readonly refundId: string | null;
  /** Sites whose sales the caller may refund; null: all. */
  readonly siteIds: readonly number[] | null;
}

export interface RefundedSale extends RefundState {
  readonly sale: Sale;
}

export type RefundSale = (input: RefundSaleInput) => Promise<RefundedSale>;

/**
 * Takes a sale back, or a part of it. The same refund twice is one refund, also at the same moment:
 * it is known by its id, or else by amount and reason.
 *
 * @throws `not_found` where no sale has the transaction, `invalid_input` where more is taken back
 *   than is left, or the program has to be named.
 */
export function createRefundSale(deps: { attribution: AttributionStore; clock: Clock }): RefundSale {
  const { attribution, clock } = deps;

  async function findSale({ transactionId, isTest, siteIds }: RefundSaleInput): Promise<Sale> {
    const [sale, second] = await attribution.findSales(transactionKey(transactionId, isTest), siteIds);
    if (!sale) throw noSale();
    if (second) throw refused("program_id", "Required: several programs have this transaction");
    return sale;
  }

  return async (input) => {
    const { amount, reason, refundId } = input;
    const sale = await findSale(input);
    const state = await attribution.refundSale(sale, { amount, reason, refundId, refundedAt: clock.now() });
    if (state === null) throw noSale();
    // What is refunded as a whole stays so, whatever else is asked for.
    if (state.isRecorded || state.paymentStatus === "refunded") return { ...state, sale };
    if (state.refunds >= MAX_REFUNDS) throw refused("transaction_id", `Has ${MAX_REFUNDS} refunds already`);
    throw refused("refund_amount_cents", `Must be at most ${state.amount - state.refunded}, which is left of the sale`);
  };
}

const refused = (field: string, message: string): AppError => invalid(field, message, "Invalid refund");

const noSale = (): AppError => new AppError("not_found", "No sale has this transaction_id");

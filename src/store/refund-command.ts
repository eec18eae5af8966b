import { sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { Refund, RefundState } from "../domain/attributed-events.ts";

export interface RefundArgs extends Refund {
  /** The sale's event. */
  readonly eventId: number;
  /** What one unit of the amounts is in `value_micros`. */
  readonly microsPerUnit: number;
  readonly maxRefunds: number;
}

interface StateRow {
  readonly amount: number;
  readonly refunded: number;
  readonly refunds: number;
  readonly payment_status: string;
  readonly is_recorded: number;
}

/**
 * Writes a refund into the data of its sale, beside what else is there, letter for letter: SQLite's
 * JSON functions keep the order of keys and the literals of numbers.
 *
 * All conditions stand in the one UPDATE, so refunds at once, also of two processes, are judged one
 * after the other. Numbers are bound as doubles, hence the casts: `5000.0` would stay so in the JSON.
 *
 * @returns where the sale stands now; null where it is gone.
 */
export async function refundSale(db: LibSQLDatabase, args: RefundArgs): Promise<RefundState | null> {
  const { eventId, amount, reason, refundId, refundedAt } = args;
  const cents = sql`cast(${amount} AS INTEGER)`;
  const isSame = sql`refund.value ->> 'refund_id' IS ${refundId}
    AND (${refundId} IS NOT NULL OR refund.value ->> 'amount_cents' = ${cents} AND refund.value ->> 'reason' IS ${reason})`;
  const sale = sql`SELECT
      data,
      coalesce(value_micros, 0) / cast(${args.microsPerUnit} AS INTEGER) AS amount,
      coalesce(data ->> '$.properties.refunded_amount_cents', 0) AS refunded,
      coalesce(json_array_length(data, '$.properties.refunds'), 0) AS refunds,
      data ->> '$.properties.payment_status' AS payment_status,
      EXISTS (SELECT 1 FROM json_each(data, '$.properties.refunds') AS refund WHERE ${isSame}) AS is_recorded
    FROM events WHERE id = ${eventId} AND deleted_at IS NULL`;
  await db.run(sql`WITH
    sale AS (${sale}),
    part AS (SELECT *, coalesce(${cents}, amount - refunded) AS taken FROM sale)
  UPDATE events SET data = json_set(
    part.data,
    '$.properties.payment_status', CASE WHEN refunded + taken = amount THEN 'refunded' ELSE 'partially_refunded' END,
    '$.properties.refunded_amount_cents', refunded + taken,
    '$.properties.refunds', json_insert(coalesce(part.data -> '$.properties.refunds', '[]'), '$[#]', json_object(
      'amount_cents', taken,
      'reason', ${reason},
      'refund_id', ${refundId},
      'refunded_at', ${new Date(refundedAt).toISOString()}
    ))
  )
  FROM part
  WHERE events.id = ${eventId} AND NOT is_recorded AND payment_status IS NOT 'refunded'
    AND refunded + taken <= amount AND refunds < cast(${args.maxRefunds} AS INTEGER)`);
  const [state] = await db.all<StateRow>(sale);
  if (!state) return null;
  const { refunded, refunds, payment_status: paymentStatus, is_recorded } = state;
  return { amount: state.amount, refunded, refunds, paymentStatus, isRecorded: is_recorded === 1 };
}

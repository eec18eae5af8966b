import type { AttributeClick, Origin } from "./attribute-click.ts";
import { AppError } from "./errors.ts";
import type { SitelessEvent } from "./event.ts";
import { type IngestEvents, ingestOne } from "./ingest-events.ts";
import type { Site } from "./site.ts";

/** Transaction → dedupe key of its sale. Tests have transactions of their own: none can stand in the way of a real one. */
export const transactionKey = (transactionId: string, isTest: boolean): string =>
  `${isTest ? "tt" : "t"}:${transactionId}`;

/** Dedupe key → the transaction of a sale; null where it is of something else. */
export const transactionOf = (dedupeKey: string | null): string | null =>
  /^tt?:(.*)$/s.exec(dedupeKey ?? "")?.[1] ?? null;

export interface TrackSaleInput extends Origin {
  readonly site: Site;
  /** Without click id, customer key and dedupe key. */
  readonly event: SitelessEvent;
  /** Null: a test without one, which is stored each time. */
  readonly transactionId: string | null;
}

/** @returns the event's id. */
export type TrackSale = (input: TrackSaleInput) => Promise<number>;

/**
 * Stores a conversion, once for each transaction of its site, with the click that it came from.
 *
 * @throws `conflict` where the transaction has been stored before, deleted or not.
 */
export function createTrackSale(deps: { ingestEvents: IngestEvents; attributeClick: AttributeClick }): TrackSale {
  const { ingestEvents, attributeClick } = deps;
  return async (input) => {
    const { site, event, transactionId, customerKey } = input;
    const { isTest, occurredAt } = event;
    const attribution = await attributeClick({ ...input, isTest, occurredAt, follows: ["click", "lead"] });
    const dedupeKey = transactionId === null ? null : transactionKey(transactionId, isTest);
    const sale = { ...event, ...attribution, customerKey, dedupeKey };
    const { result } = await ingestOne(ingestEvents, { site, event: sale, hints: null });
    if (result.outcome === "duplicate") throw new AppError("conflict", "This transaction_id has been tracked already");
    return result.id;
  };
}

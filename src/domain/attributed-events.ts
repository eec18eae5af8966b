/**
 * Clicks, leads and conversions that say whose work they are: they have a click id or a customer
 * key. A click of a page that leads to no partner is none of them.
 */
export const ATTRIBUTED_TYPES = ["click", "lead", "conversion"] as const;
export type AttributedType = (typeof ATTRIBUTED_TYPES)[number];

/** Test events and soft-deleted ones never match. */
export interface AttributedFilter {
  readonly siteId: number;
  readonly type?: AttributedType;
  /** Event time in ms, both inclusive. */
  readonly from?: number;
  readonly to?: number;
}

export interface AttributedListQuery {
  readonly filter: AttributedFilter;
  readonly offset: number;
  /** 1 to 100. */
  readonly limit: number;
}

/** An event as the list shows it; null where nothing is known, or where its type has no such thing. */
export interface AttributedEvent {
  readonly id: number;
  readonly type: AttributedType;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly clickId: string | null;
  readonly customerKey: string | null;
  readonly sessionId: string | null;
  readonly url: string | null;
  readonly referrer: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
  readonly device: string | null;
  readonly os: string | null;
  readonly browser: string | null;
  readonly valueMicros: number | null;
  readonly currency: string | null;
  readonly dedupeKey: string | null;
  readonly saleType: string | null;
  readonly paymentStatus: string | null;
  readonly isRecurring: boolean | null;
  /** Of a click or a lead: whether a conversion has its click id or its customer key. */
  readonly converted: boolean;
}

export interface AttributedPage {
  /** Newest first, by event time and then id. */
  readonly events: readonly AttributedEvent[];
  /** Exact number of events that match the filter. */
  readonly total: number;
}

export type AttributedCounts = Readonly<Record<AttributedType, number>>;

/** Events of one type on one UTC day (days since 1970-01-01). */
export interface DayCount {
  readonly day: number;
  readonly type: AttributedType;
  readonly n: number;
}

/** What the conversions of a day and a currency are worth, in the currency's smallest unit. */
export interface DayRevenue {
  readonly day: number;
  readonly currency: string | null;
  readonly amount: number;
  readonly refunded: number;
}

/** A sale as far as its refund has to know it. */
export interface Sale {
  readonly id: number;
  readonly siteId: number;
  readonly currency: string | null;
}

/** What is taken back of a sale, in the currency's smallest unit. */
export interface Refund {
  /** Null: all that is left. */
  readonly amount: number | null;
  readonly reason: string | null;
  /** The client's own id of it: tells two equal refunds apart. */
  readonly refundId: string | null;
  readonly refundedAt: number;
}

/** Where a sale stands after a refund, in the currency's smallest unit. */
export interface RefundState {
  /** Whether this very refund is among those of the sale, now or since an earlier call. */
  readonly isRecorded: boolean;
  readonly paymentStatus: string;
  readonly amount: number;
  readonly refunded: number;
  /** How many refunds the sale has. */
  readonly refunds: number;
}

/** How many refunds one sale can have: they are kept with it. */
export const MAX_REFUNDS = 20;

/** What the store knows of the chain from a click to its conversion. */
export interface AttributionStore {
  /** @throws `deadline_exceeded` when the read runs longer than it may, `overloaded` when too many wait. */
  listEvents(query: AttributedListQuery): Promise<AttributedPage>;
  /** How many events a program has, and when the newest happened (null where there is none). */
  countEvents(siteId: number): Promise<AttributedCounts & { readonly lastEventAt: number | null }>;
  /** @throws as {@link AttributionStore.listEvents}. */
  countByDay(filter: AttributedFilter): Promise<readonly DayCount[]>;
  /** @throws as {@link AttributionStore.listEvents}. */
  sumByDay(filter: AttributedFilter): Promise<readonly DayRevenue[]>;

  /** The program that has a click with this id, `preferred` before any other; null where none has. */
  findClickSite(click: {
    readonly clickId: string;
    readonly isTest: boolean;
    readonly preferred: number | null;
  }): Promise<number | null>;
  /** Programs in which a customer is known, at most two. `siteIds`: only these; null: all. */
  findCustomerSites(customer: {
    readonly customerKey: string;
    readonly isTest: boolean;
    readonly siteIds: readonly number[] | null;
  }): Promise<readonly number[]>;
  /**
   * The id of the latest click since a time: among `clickIds`, or else among the clicks that the
   * customer's latest hundred leads and conversions came from.
   */
  findLatestClick(wanted: {
    readonly siteId: number;
    readonly isTest: boolean;
    readonly since: number;
    readonly among: { readonly clickIds: readonly string[] } | { readonly customerKey: string };
  }): Promise<string | null>;
  /** When the latest of the events happened that have the click id or the customer key; null where there is none. */
  findLatestTime(chain: {
    readonly siteId: number;
    readonly isTest: boolean;
    readonly types: readonly AttributedType[];
    readonly clickId: string | null;
    readonly customerKey: string | null;
  }): Promise<number | null>;

  /** Undeleted sales with this dedupe key, at most two. `siteIds`: only of these programs; null: of all. */
  findSales(dedupeKey: string, siteIds: readonly number[] | null): Promise<readonly Sale[]>;
  /**
   * Takes back a part of a sale, or all that is left; what is more than is left changes nothing, and
   * neither does a refund that is recorded already. One statement: refunds at once cannot exceed the sale.
   *
   * @returns null where the sale is gone.
   */
  refundSale(sale: Sale, refund: Refund): Promise<RefundState | null>;
}

import {
  type AttributedCounts,
  type AttributedEvent,
  type AttributedListQuery,
  type AttributedPage,
  type AttributedType,
  type AttributionStore,
  MAX_REFUNDS,
} from "../domain/attributed-events.ts";
import { microsPerMinorUnit } from "../domain/money.ts";
import { MS_PER_DAY } from "../lib/clock.ts";
import {
  CLICK_SITE,
  CUSTOMER_SITES,
  CUSTOMER_SITES_AMONG,
  LATEST_CLICK_AMONG,
  LATEST_CLICK_OF_CUSTOMER,
  LATEST_TIME,
  SALES,
  SALES_AMONG,
} from "./attribution-lookups.ts";
import {
  ATTRIBUTED_STATUS,
  attributedDays,
  attributedPage,
  attributedPlace,
  attributedRevenue,
  attributedTotal,
  partDays,
} from "./attribution-sql.ts";
import type { ReadCell } from "./event-reader.ts";
import type { Statement } from "./event-sql.ts";
import type { StoreWriter } from "./event-writer.ts";

export interface AttributionStoreOptions {
  /** For reads whose work an index bounds: on the main thread. */
  readonly bounded: ReadCell;
  /** For all others: off-thread, with a deadline. */
  readonly unbounded: ReadCell;
  readonly writer: StoreWriter;
}

/** A page that lies deeper than this is looked for by day first, and off-thread. */
const BOUNDED_ROWS = 500;

export function createAttributionStore({ bounded, unbounded, writer }: AttributionStoreOptions): AttributionStore {
  /** Of a program's events. What decides about an event that comes in is asked of the database itself. */
  const read = async (lane: ReadCell, { siteId }: { readonly siteId: number }, { sql, args }: Statement) =>
    String(await lane(sql, args, { eventsOf: [siteId] }));
  const flag = (isTest: boolean): number => (isTest ? 1 : 0);

  async function nearPage(query: AttributedListQuery): Promise<AttributedPage> {
    // A part of a day is counted event by event, and a day can have any number.
    const counting = partDays(query.filter).length === 0 ? bounded : unbounded;
    const [total, rows] = await Promise.all([
      read(counting, query.filter, attributedTotal(query.filter)),
      read(bounded, query.filter, attributedPage(query)),
    ]);
    return { events: decodeRows(rows), total: Number(total) };
  }

  /** Skips whole days by their counters: what is left to skip are events of one day. */
  async function farPage(query: AttributedListQuery): Promise<AttributedPage> {
    const { filter, offset, limit } = query;
    const place = await read(unbounded, filter, attributedPlace(query));
    const [total, day, before] = JSON.parse(place) as [number, number | null, number | null];
    if (day === null || before === null) return { events: [], total };
    const to = Math.min(filter.to ?? Number.POSITIVE_INFINITY, (day + 1) * MS_PER_DAY - 1);
    const rows = attributedPage({ filter: { ...filter, to }, offset: offset - before, limit });
    return { events: decodeRows(await read(unbounded, filter, rows)), total };
  }

  return {
    listEvents: (query) => (query.offset + query.limit <= BOUNDED_ROWS ? nearPage(query) : farPage(query)),
    async countEvents(siteId) {
      const status = await read(bounded, { siteId }, { sql: ATTRIBUTED_STATUS, args: [siteId] });
      const [counts, lastEventAt] = JSON.parse(status) as [Partial<AttributedCounts>, number | null];
      return { click: 0, lead: 0, conversion: 0, ...counts, lastEventAt };
    },
    async countByDay(filter) {
      const days = JSON.parse(await read(unbounded, filter, attributedDays(filter))) as [
        number,
        AttributedType,
        number,
      ][];
      return days.map(([day, type, n]) => ({ day, type, n }));
    },
    async sumByDay(filter) {
      const sums = JSON.parse(await read(unbounded, filter, attributedRevenue(filter))) as RevenueRow[];
      return sums.map(([day, currency, whole, micros, refunded]) => {
        const unit = microsPerMinorUnit(currency);
        return { day, currency, amount: whole * (1_000_000 / unit) + Math.round(micros / unit), refunded };
      });
    },

    async findClickSite({ clickId, isTest, preferred }) {
      return (await bounded(CLICK_SITE, [clickId, flag(isTest), preferred])) as number | null;
    },
    async findCustomerSites({ customerKey, isTest, siteIds }) {
      const cell =
        siteIds === null
          ? await bounded(CUSTOMER_SITES, [customerKey, flag(isTest)])
          : await bounded(CUSTOMER_SITES_AMONG, [customerKey, flag(isTest), JSON.stringify(siteIds)]);
      return (JSON.parse(String(cell)) as (number | null)[]).filter((site) => site !== null);
    },
    async findLatestClick({ siteId, isTest, since, among }) {
      const bounds = [siteId, flag(isTest), since];
      const cell =
        "clickIds" in among
          ? await bounded(LATEST_CLICK_AMONG, [...bounds, JSON.stringify(among.clickIds)])
          : await bounded(LATEST_CLICK_OF_CUSTOMER, [...bounds, among.customerKey]);
      return cell as string | null;
    },
    async findLatestTime({ siteId, isTest, types, clickId, customerKey }) {
      const cell = await bounded(LATEST_TIME, [siteId, flag(isTest), clickId, customerKey, JSON.stringify(types)]);
      return cell as number | null;
    },

    async findSales(dedupeKey, siteIds) {
      // One step for each site: there may be any number of them.
      const cell =
        siteIds === null
          ? await unbounded(SALES, [dedupeKey])
          : await bounded(SALES_AMONG, [dedupeKey, JSON.stringify(siteIds)]);
      const sales = JSON.parse(String(cell)) as [number, number, string | null][];
      return sales.map(([id, siteId, currency]) => ({ id, siteId, currency }));
    },
    refundSale({ id, currency }, refund) {
      const microsPerUnit = microsPerMinorUnit(currency);
      return writer.run("refundSale", { ...refund, eventId: id, microsPerUnit, maxRefunds: MAX_REFUNDS });
    },
  };
}

type RevenueRow = [day: number, currency: string | null, whole: number, micros: number, refunded: number];

type Text = string | null;
type Row = [
  ...[id: number, type: AttributedType, occurredAt: number, receivedAt: number, clickId: Text, customerKey: Text],
  ...[sessionId: Text, url: Text, referrer: Text, country: Text, region: Text, city: Text, device: Text, os: Text],
  ...[browser: Text, valueMicros: number | null, currency: Text, dedupeKey: Text, sale: unknown[] | null],
  converted: number,
];

const decodeRows = (json: string): AttributedEvent[] => (JSON.parse(json) as Row[]).map(decodeRow);

function decodeRow(row: Row): AttributedEvent {
  const [saleType, paymentStatus, isRecurring] = row[18] ?? [];
  return {
    id: row[0],
    type: row[1],
    occurredAt: row[2],
    receivedAt: row[3],
    clickId: row[4],
    customerKey: row[5],
    sessionId: row[6],
    url: row[7],
    referrer: row[8],
    country: row[9],
    region: row[10],
    city: row[11],
    device: row[12],
    os: row[13],
    browser: row[14],
    valueMicros: row[15],
    currency: row[16],
    dedupeKey: row[17],
    // Conversions need not have come in as sales: what is not of the kind that a sale has is nothing.
    saleType: typeof saleType === "string" ? saleType : null,
    paymentStatus: typeof paymentStatus === "string" ? paymentStatus : null,
    isRecurring: typeof isRecurring === "boolean" ? isRecurring : null,
    converted: row[19] === 1,
  };
}

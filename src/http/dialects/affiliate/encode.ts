import type { AttributedEvent, AttributedPage, RefundState } from "../../../domain/attributed-events.ts";
import { microsToMinor } from "../../../domain/money.ts";
import type { Performance, PerformanceReport, Revenue } from "../../../domain/report-performance.ts";
import type { Site } from "../../../domain/site.ts";
import { transactionOf } from "../../../domain/track-sale.ts";
import { isoTime } from "../../../lib/iso-time.ts";
import type { DecodedList } from "./decode.ts";

/** The fields of its type, in the document's order; null where nothing is known. */
function encodeEvent(event: AttributedEvent) {
  const { id, type, clickId } = event;
  const head = { id, event_type: type, timestamp: isoTime(event.occurredAt), click_id: clickId };
  const createdAt = isoTime(event.receivedAt);
  switch (type) {
    case "click":
      return {
        ...head,
        session_id: event.sessionId,
        page_url: event.url,
        referrer_url: event.referrer,
        geo_country: event.country,
        geo_region: event.region,
        geo_city: event.city,
        device_type: event.device,
        device_os: event.os,
        browser_name: event.browser,
        converted: event.converted,
        createdAt,
      };
    case "lead":
      return {
        ...head,
        customer_key: event.customerKey,
        session_id: event.sessionId,
        page_url: event.url,
        converted: event.converted,
        createdAt,
      };
    case "conversion":
      return {
        ...head,
        amount_cents: event.valueMicros === null ? null : microsToMinor(event.valueMicros, event.currency),
        currency: event.currency,
        sale_type: event.saleType,
        payment_status: event.paymentStatus,
        processor_event_id: transactionOf(event.dedupeKey),
        is_recurring: event.isRecurring,
        createdAt,
      };
  }
}

export function encodeList({ events, total }: AttributedPage, { page, pageSize }: DecodedList) {
  const pagination = { page, pageSize, pageCount: Math.ceil(total / pageSize), total };
  return { data: events.map(encodeEvent), meta: { pagination } };
}

const encodeRevenue = (revenue: readonly Revenue[]) =>
  revenue.map(({ currency, amount, refunded }) => ({ currency, amount_cents: amount, refunded_cents: refunded }));

const encodeDay = ({ counts, conversionRate, revenue }: Performance) => ({
  clicks: counts.click,
  leads: counts.lead,
  conversions: counts.conversion,
  conversionRate,
  revenue: encodeRevenue(revenue),
});

export function encodeReport({ days, total }: PerformanceReport, range: { from: number; to: number }) {
  return {
    data: days.map((day) => ({ date: isoTime(day.startsAt).slice(0, "2026-06-07".length), ...encodeDay(day) })),
    metrics: {
      totalClicks: total.counts.click,
      totalLeads: total.counts.lead,
      totalConversions: total.counts.conversion,
      conversionRate: total.conversionRate,
      totalRevenue: encodeRevenue(total.revenue),
    },
    meta: { dateFrom: isoTime(range.from), dateTo: isoTime(range.to) },
  };
}

export const encodeStatus = (
  site: Site,
  counts: { click: number; lead: number; conversion: number; lastEventAt: number | null },
) => ({
  data: {
    programId: site.id,
    clicks: counts.click,
    leads: counts.lead,
    conversions: counts.conversion,
    last_event_at: counts.lastEventAt === null ? null : isoTime(counts.lastEventAt),
  },
});

/** The answer to a test event, whatever it is of. */
export const encodeTest = (what: "click" | "lead" | "sale" | "refund", eventId: number, site: Pick<Site, "id">) => ({
  success: true as const,
  message: `Test ${what} tracked successfully`,
  data: { eventId, programId: site.id, test_mode: true as const },
});

export const encodeRefund = (saleId: number, { paymentStatus, refunded }: RefundState) => ({
  success: true as const,
  sale_id: saleId,
  commission_id: null,
  payment_status: paymentStatus,
  refunded_amount_cents: refunded,
  message: "Refund tracked successfully",
});

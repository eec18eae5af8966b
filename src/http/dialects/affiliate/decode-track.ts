import type { Origin } from "../../../domain/attribute-click.ts";
import { NO_HINTS, type VisitorHints } from "../../../domain/enrichment.ts";
import { emptyEvent, encodeProperties, type Properties, type SitelessEvent } from "../../../domain/event.ts";
import { maxMinorUnits, minorToMicros } from "../../../domain/money.ts";
import { isCleanText } from "../../../domain/text.ts";
import type { RequestFacts } from "../../request-facts.ts";
import {
  boundedJson,
  cut,
  decodeOrigin,
  decodePage,
  decodeTracked,
  refuse,
  type Tracked,
  textOf,
  type Wrong,
} from "./decode-fields.ts";
import type { TrackClick, TrackLead, TrackRefund, TrackSale } from "./track-schemas.ts";

const MAX_REFERRER_LENGTH = 2_048;
const MAX_TITLE_LENGTH = 500;
const MAX_REASON_LENGTH = 200;

/** As JSON, in bytes. */
const MAX_LINE_ITEMS_BYTES = 8 * 1024;

export interface DecodedClick extends Tracked {
  readonly event: SitelessEvent;
  /** Where the partner's link led to; null for a test without one. */
  readonly host: string | null;
  readonly partnerCode: string | null;
  readonly existingClickId: string | null;
  readonly hints: VisitorHints | null;
}

/** @throws `invalid_input` that names every wrong field, as all decoders here. */
export function decodeClick(body: TrackClick, facts: RequestFacts): DecodedClick {
  const wrong: Wrong = {};
  const tracked = decodeTracked(body, wrong);
  const { host, partnerCode, ...link } = decodeLink(textOf(body.affiliate_url), tracked, wrong);
  const pageUrl = textOf(body.page_url);
  const page = pageUrl === null ? link : decodePage("page_url", pageUrl, wrong);
  const properties = {
    partner_code: partnerCode,
    affiliate_url: link.url === page.url ? null : link.url,
    page_title: cut(body.page_title, MAX_TITLE_LENGTH),
    screen_resolution: textOf(body.screen_resolution),
    viewport_size: textOf(body.viewport_size),
    language: textOf(body.language),
    timezone: textOf(body.timezone),
    additional_data: tracked.additionalData,
  };
  const event: SitelessEvent = {
    ...emptyEvent({ type: "click", occurredAt: facts.nowMs }),
    url: page.url,
    path: page.path,
    isTest: tracked.isTest,
    sessionId: textOf(body.session_id),
    referrer: cut(body.referrer_url, MAX_REFERRER_LENGTH),
    country: textOf(body.geo_country),
    region: textOf(body.geo_region),
    city: textOf(body.geo_city),
    device: textOf(body.device_type),
    os: textOf(body.device_os),
    browser: textOf(body.browser_name),
    data: encodeProperties(properties),
  };
  refuse(wrong, "Invalid click");
  const userAgent = textOf(body.user_agent);
  return {
    ...tracked,
    event,
    host,
    partnerCode,
    existingClickId: textOf(body.existing_click_id),
    hints: userAgent === null ? facts.hints : { ...(facts.hints ?? NO_HINTS), userAgent, clientHints: null },
  };
}

/** A partner's link: the page and host that it leads to, and the partner's code. A test needs neither. */
function decodeLink(text: string | null, { isTest }: Tracked, wrong: Wrong) {
  const page = decodePage("affiliate_url", text, wrong);
  const target = page.path === null ? null : URL.parse(page.url ?? "");
  const partnerCode = target?.searchParams.get("aff") || null;
  if (partnerCode === null && !isTest && !wrong.affiliate_url) {
    wrong.affiliate_url = [text === null ? "Required" : "Must have the parameter aff, the partner's code"];
  }
  // `%00` in a URL is no NUL of the body yet.
  if (partnerCode !== null && (partnerCode.length > 200 || !isCleanText(partnerCode))) {
    wrong.affiliate_url = ["The parameter aff must be at most 200 characters, without NUL"];
  }
  return { ...page, host: target?.hostname.replace(/\.$/, "") ?? null, partnerCode };
}

export interface DecodedLead extends Tracked, Origin {
  readonly event: SitelessEvent;
  readonly properties: Properties;
  readonly email: string | null;
  readonly hints: VisitorHints | null;
}

export function decodeLead(body: TrackLead, facts: RequestFacts): DecodedLead {
  const wrong: Wrong = {};
  const tracked = decodeTracked(body, wrong);
  const origin = decodeOrigin(body, tracked, wrong);
  const email = textOf(body.email);
  if (email !== null && !/^[^@\s]+@[^@\s]+$/.test(email.trim())) wrong.email = ["Must be an e-mail address"];
  const event: SitelessEvent = {
    ...emptyEvent({ type: "lead", occurredAt: facts.nowMs }),
    ...decodePage("page_url", textOf(body.page_url), wrong),
    isTest: tracked.isTest,
    sessionId: textOf(body.session_id),
  };
  refuse(wrong, "Invalid lead");
  const properties = {
    click_ids: origin.clickIds.length > 0 ? origin.clickIds : null,
    additional_data: tracked.additionalData,
  };
  return { ...tracked, ...origin, event, properties, email, hints: facts.hints };
}

export interface DecodedSale extends Tracked, Origin {
  readonly event: SitelessEvent;
  readonly transactionId: string | null;
}

const DEFAULT_CURRENCY = "USD";

export function decodeSale(body: TrackSale, facts: RequestFacts): DecodedSale {
  const wrong: Wrong = {};
  const tracked = decodeTracked(body, wrong);
  const origin = decodeOrigin(body, tracked, wrong);
  const transactionId = textOf(body.transaction_id);
  const amount = body.amount_cents ?? null;
  const currency = (textOf(body.currency) ?? DEFAULT_CURRENCY).toUpperCase();
  if (transactionId === null && !tracked.isTest) wrong.transaction_id = ["Required"];
  if (amount === null && !tracked.isTest) wrong.amount_cents = ["Required"];
  if (amount !== null && amount > maxMinorUnits(currency)) {
    wrong.amount_cents = [`Must be at most ${maxMinorUnits(currency)}`];
  }
  const properties = {
    transaction_id: transactionId,
    sale_type: body.sale_type ?? "payment",
    payment_status: "paid",
    is_recurring: body.is_recurring ?? false,
    subscription_id: textOf(body.subscription_id),
    subscription_interval: textOf(body.subscription_interval),
    product_id: textOf(body.product_id),
    line_items: boundedJson("line_items", body.line_items, MAX_LINE_ITEMS_BYTES, wrong),
    click_ids: origin.clickIds.length > 0 ? origin.clickIds : null,
    additional_data: tracked.additionalData,
  };
  refuse(wrong, "Invalid sale");
  const event: SitelessEvent = {
    ...emptyEvent({ type: "conversion", occurredAt: facts.nowMs }),
    isTest: tracked.isTest,
    sessionId: textOf(body.session_id),
    valueMicros: amount === null ? null : minorToMicros(amount, currency),
    currency: amount === null ? null : currency,
    data: encodeProperties(properties),
  };
  return { ...tracked, ...origin, event, transactionId };
}

export interface DecodedRefund extends Tracked {
  readonly transactionId: string;
  readonly amount: number | null;
  readonly reason: string | null;
  readonly refundId: string | null;
}

export function decodeRefund(body: TrackRefund): DecodedRefund {
  const wrong: Wrong = {};
  const tracked = decodeTracked(body, wrong);
  refuse(wrong, "Invalid refund");
  return {
    ...tracked,
    transactionId: body.transaction_id,
    // Clients that know no partial refunds send 0.
    amount: body.refund_amount_cents || null,
    reason: cut(body.refund_reason, MAX_REASON_LENGTH),
    refundId: textOf(body.refund_id),
  };
}

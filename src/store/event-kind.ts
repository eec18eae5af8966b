import type { SiteEventKind } from "../domain/site-events.ts";

/**
 * What an event is to the site-events API, null for most. A bot's conversion is a conversion, and a
 * number of its own: so the visits of bots can be counted from the index alone.
 *
 * The index {@link KIND_INDEX} is on this very text.
 */
export const KIND = `(CASE WHEN type = 'conversion' THEN CASE WHEN bot_name IS NULL THEN 3 ELSE 4 END
WHEN bot_name IS NOT NULL THEN 1 WHEN ai_source IS NOT NULL THEN 2 END)`;

/** The numbers of each kind. */
export const KIND_NUMBERS = { bot: [1], referral: [2], conversion: [3, 4] } as const satisfies Record<
  SiteEventKind,
  readonly number[]
>;

/** Of the events that have a kind: by site, kind, test or not, and time. */
export const KIND_INDEX = "events_site_events";

/** The numbers of what bots did. */
export const BOT_KINDS = "1, 4";

export const kindOf = (number: number): SiteEventKind =>
  number === 1 ? "bot" : number === 2 ? "referral" : "conversion";

import type { StoredEvent } from "./event.ts";

/** What the site-events API shows of a site: visits of bots, referrals of AI assistants, and conversions. */
export const SITE_EVENT_KINDS = ["bot", "referral", "conversion"] as const;
export type SiteEventKind = (typeof SITE_EVENT_KINDS)[number];

/** An event as far as that API shows it. */
export interface SiteEvent
  extends Pick<
    StoredEvent,
    "id" | "occurredAt" | "path" | "country" | "botName" | "botCompany" | "aiSource" | "name" | "valueMicros"
  > {
  readonly kind: SiteEventKind;
}

/** Where an event stands in the list: newest first, then by id. */
export interface SiteEventPosition {
  readonly occurredAt: number;
  readonly id: number;
}

/** A range of event time in ms, both inclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface SiteEventQuery extends TimeRange {
  readonly siteId: number;
  /** All kinds when left out. */
  readonly kind?: SiteEventKind;
  /** 1 to 1,000. */
  readonly limit: number;
  /** The first event that may be listed, whether it is still there or not. */
  readonly at?: SiteEventPosition;
  /** Also test events, which are left out otherwise. */
  readonly includeTest: boolean;
}

export interface SiteEventPage {
  readonly events: readonly SiteEvent[];
  /** The first event of the next page; null at the end. */
  readonly next: SiteEventPosition | null;
}

export interface BotVisits {
  readonly name: string;
  readonly company: string | null;
  readonly count: number;
}

/** Exact numbers of a time range. Breakdowns hold the largest first, and at most {@link MAX_BREAKDOWN}. */
export interface SiteEventStats {
  readonly totals: Readonly<Record<SiteEventKind, number>>;
  readonly bots: readonly BotVisits[];
  readonly sources: readonly { readonly source: string; readonly count: number }[];
  readonly conversions: readonly {
    readonly name: string | null;
    readonly count: number;
    readonly valueMicros: number;
  }[];
}

/** How many rows of a breakdown there can be; names of bots and conversions may be made up by anyone. */
export const MAX_BREAKDOWN = 1_000;

/** @throws from each: `deadline_exceeded` when the read runs longer than it may, `overloaded` when too many wait. */
export interface SiteEventReader {
  listSiteEvents(query: SiteEventQuery): Promise<SiteEventPage>;
  /** When the event happened; null where the site has none with this id. */
  findTime(siteId: number, id: number): Promise<number | null>;
  countSiteEvents(siteIds: readonly number[], range: TimeRange): Promise<ReadonlyMap<number, number>>;
  summarize(query: Omit<SiteEventQuery, "kind" | "limit" | "at">): Promise<SiteEventStats>;
}

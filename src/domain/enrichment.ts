import type { NewEvent } from "./event.ts";
import type { SiteSettings } from "./site.ts";

/** The client hints that browsers send unasked, as they were sent; null where one is missing. */
export interface ClientHints {
  /** `Sec-CH-UA`: `"Chromium";v="130", "Brave";v="130", "Not?A_Brand";v="99"`. */
  readonly brands: string | null;
  /** `Sec-CH-UA-Mobile`: `?0` or `?1`. */
  readonly mobile: string | null;
  /** `Sec-CH-UA-Platform`: `"Windows"`. */
  readonly platform: string | null;
}

/** What a request tells of the visitor behind it; null where it tells nothing. */
export interface VisitorHints {
  readonly userAgent: string | null;
  readonly clientHints: ClientHints | null;
  /** Of the visitor's device, in its usual form; never stored. */
  readonly address: string | null;
  /** ISO 3166-1 alpha-2, as a trusted proxy says; beats what the address tells. */
  readonly country: string | null;
  /** `Sec-GPC: 1`, and `DNT: 1`: the visitor does not want to be followed. */
  readonly gpc: boolean;
  readonly dnt: boolean;
  /**
   * When the visitor asked, in ms: visitors are told apart within a day, sessions within half an hour. 0 where that is
   * not known: then neither is made up.
   */
  readonly atMs: number;
}

/** Nothing is known of the visitor. */
export const NO_HINTS: VisitorHints = {
  userAgent: null,
  clientHints: null,
  address: null,
  country: null,
  gpc: false,
  dnt: false,
  atMs: 0,
};

/** What a site wants of visitors that do not want to be followed. */
export type SitePrivacy = Pick<SiteSettings, "honorGpc" | "honorDnt">;

/**
 * Fills in what the event's client did not say; what it said wins, but for a visitor's wish not to be
 * followed where the site honours it. Bounded, never throws.
 *
 * @param event is changed: a copy of each would be a tenth of what the collector has to clear away.
 * @param hints null where nothing of the request is the visitor's.
 */
export type Enrich = (event: NewEvent, hints: VisitorHints | null, site: SitePrivacy) => void;

/** What today's tables say about an event. */
export interface Reclassification extends Pick<NewEvent, "botName" | "botCompany" | "aiSource"> {
  /** It is no bot's visit after all: the User-Agent is a person's, and must not stay. */
  readonly forgetUserAgent: boolean;
}

/** An event as it was stored → what it would be today; null where that is the same. */
export type Reclassify = (event: NewEvent) => Reclassification | null;

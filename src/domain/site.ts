import { type Static, Type } from "@sinclair/typebox";
import { invalid } from "./errors.ts";
import { assertCleanText } from "./text.ts";

/** What an owner can choose for a site. */
export const SiteSettings = Type.Object({
  /** Whether its events can be read without a key. */
  publicRead: Type.Boolean(),
  /** Origins whose pages may post without a key, as browsers send them; null: every one. */
  allowedOrigins: Type.Union([Type.Array(Type.String()), Type.Null()]),
  /** Whether `Sec-GPC: 1` keeps an event without visitor, session and city. */
  honorGpc: Type.Boolean(),
  /** The same for `DNT: 1`. */
  honorDnt: Type.Boolean(),
  /** Events older than this are removed for good; null: they are kept. */
  retentionDays: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  /** How long after a click what a customer does counts as its work; affiliate's `cookie_window_days`. */
  attributionWindowDays: Type.Integer({ minimum: 1 }),
  /** How many events a minute it takes; null: any number. */
  eventsPerMinute: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
});
export type SiteSettings = Static<typeof SiteSettings>;

export const DEFAULT_SITE_SETTINGS: SiteSettings = {
  publicRead: false,
  allowedOrigins: null,
  honorGpc: true,
  honorDnt: false,
  retentionDays: null,
  attributionWindowDays: 60,
  eventsPerMinute: null,
};

/** The tenant that events belong to; four dialects have four names for it. */
export const Site = Type.Object({
  ...SiteSettings.properties,
  /** Also affiliate's `programId`; `web-<id>` in collection, `site_<id>` in site-events. */
  id: Type.Integer({ minimum: 1 }),
  name: Type.String(),
  /** Host name, lower case, punycode; null for the site that the first start makes. */
  domain: Type.Union([Type.String(), Type.Null()]),
  description: Type.Union([Type.String(), Type.Null()]),
  /** Public and write-only: `pm-<6 base36>-<ms>`. */
  trackingCode: Type.String(),
  /** Public and write-only, of the site-events dialect: `ak_…`. */
  siteKey: Type.String(),
  /** profile-store's name of the site. */
  scope: Type.String(),
  createdAt: Type.Integer(),
});
export type Site = Static<typeof Site>;

export type NewSite = Omit<Site, "id">;

/** What can be changed of a site. */
export type SiteChanges = Partial<Omit<Site, "id" | "trackingCode" | "siteKey" | "createdAt">>;

/** A site that nobody sees until it is restored, or purged. */
export type DeletedSite = Site & {
  readonly deletedAt: number;
  /** Until when it can be restored, in ms since 1970. */
  readonly purgeAt: number;
};

export const TRACKING_CODE = /^pm-[a-z0-9]+-\d+$/;

/** A scope: a short name or a GUID. */
export const SCOPE =
  /^(?:[a-z][a-z0-9_-]{0,63}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$/;

/** Beginnings that belong to other names of a site: no scope may be mistaken for one. */
const RESERVED_SCOPE = /^(?:site_|pm-|ak_|web-)/;

export const websiteIdOf = (site: Pick<Site, "id">): string => `web-${site.id}`;
export const siteIdOf = (site: Pick<Site, "id">): string => `site_${site.id}`;

/** A name by which a person or a path can call a site. */
export type SiteReference =
  | { readonly by: "id"; readonly id: number }
  | { readonly by: "trackingCode" | "siteKey" | "scope" | "domain"; readonly text: string };

/** `web-1`, `site_1`, `1`, a tracking code, a site key or a scope. */
export function parseSiteReference(text: string): SiteReference {
  const numbered = /^(?:web-|site_)?([1-9]\d{0,14})$/.exec(text);
  if (numbered) return { by: "id", id: Number(numbered[1]) };
  if (TRACKING_CODE.test(text)) return { by: "trackingCode", text };
  if (text.startsWith("ak_")) return { by: "siteKey", text };
  return { by: "scope", text };
}

/** Throws `invalid_input` unless `scope` may name a site. */
export function assertScope(scope: string): string {
  if (!SCOPE.test(scope) || RESERVED_SCOPE.test(scope)) {
    throw invalid(
      "scope",
      "Must be a lower-case letter and up to 63 of a-z, 0-9, _ and -, or a GUID, and must not begin with site_, pm-, ak_ or web-",
    );
  }
  return scope;
}

/** `shop.example.com` → `shop-example-com`, made valid where it would not be. */
export function scopeFromDomain(domain: string): string {
  const dashed = domain.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
  const valid = /^[a-z]/.test(dashed) && !RESERVED_SCOPE.test(dashed) ? dashed : `s-${dashed}`;
  return valid.slice(0, 60);
}

/**
 * A host name or an http(s) URL → the host name, lower case and in punycode, without port and path.
 *
 * @throws `invalid_input` for anything else.
 */
export function normalizeDomain(domain: string): string {
  assertCleanText("domain", domain);
  const text = domain.trim();
  const url = BARE_HOST.test(text) ? `http://${text}` : text;
  const host = /^https?:\/\//i.test(url) ? (URL.parse(url)?.hostname.replace(/\.$/, "") ?? "") : "";
  if (!HOST_NAME.test(host) || host.length > 253) {
    throw invalid("domain", 'Must be a host name such as "example.com", or an http(s) URL');
  }
  return host;
}

/** A host and perhaps a port, then the end or a path: `ftp://…` and `me@…` begin otherwise. */
const BARE_HOST = /^(?:\[[^\]]*\]|[^/?#:@\\]+)(?::\d+)?(?:[/?#]|$)/;
const HOST_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.|$))+$|^\[[0-9a-f:]+\]$/;

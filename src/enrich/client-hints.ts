import type { ClientHints } from "../domain/enrichment.ts";
import { browserName, osName } from "./user-agent-names.ts";

/** What client hints tell, null where they tell nothing. */
export interface HintedFacts {
  readonly browser: string | null;
  readonly os: string | null;
  readonly isMobile: boolean | null;
}

const NOTHING: HintedFacts = { browser: null, os: null, isMobile: null };

/** Longer ones are no browser's. */
const MAX_LENGTH = 256;

/** Brands as browsers call themselves here → the names that people know. */
const BRANDS: Readonly<Record<string, string>> = {
  "google chrome": "Chrome",
  "microsoft edge": "Edge",
  "microsoft edge webview2": "Edge",
  "android webview": "Chrome WebView",
  headlesschrome: "Chrome",
  yabrowser: "Yandex Browser",
  opera: "Opera",
  operagx: "Opera",
  "opera gx": "Opera",
};

/** The brand of the engine that nearly all share, and those that are put in so that nobody relies on the list. */
const isNoBrowser = (brand: string): boolean => /^chromium$|not.{0,2}a.{0,2}brand/i.test(brand);

export function parseClientHints({ brands, mobile, platform }: ClientHints): HintedFacts {
  if (brands === null && mobile === null && platform === null) return NOTHING;
  return {
    browser: brands === null ? null : brandOf(brands.slice(0, MAX_LENGTH)),
    os: platform === null ? null : platformOf(platform.slice(0, MAX_LENGTH)),
    isMobile: mobile === "?1" ? true : mobile === "?0" ? false : null,
  };
}

function brandOf(list: string): string | null {
  const brands = Array.from(list.matchAll(/"([^"\\]{1,60})"\s*;\s*v=/g), ([, brand = ""]) => brand.trim());
  const brand = brands.find((one) => one !== "" && !isNoBrowser(one));
  if (brand !== undefined) return BRANDS[brand.toLowerCase()] ?? browserName(brand);
  return brands.some((one) => one.toLowerCase() === "chromium") ? "Chromium" : null;
}

function platformOf(text: string): string | null {
  const platform = /^"([^"\\]{1,40})"$/.exec(text)?.[1];
  if (platform === undefined || platform === "Unknown") return null;
  return osName(platform === "Chrome OS" ? "Chromium OS" : platform);
}

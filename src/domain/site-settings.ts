import { normalizeOrigin } from "../lib/origin.ts";
import { invalid } from "./errors.ts";
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from "./site.ts";
import { assertCleanText } from "./text.ts";

/** Settings that are to be changed. Null is back to what it is without being said. */
export type SiteSettingsInput = {
  readonly [Name in keyof SiteSettings]?: SiteSettings[Name] | null;
};

/** What each number may be at most; at least 1. */
export const MAX_SETTINGS = {
  retentionDays: 36_500,
  attributionWindowDays: 3_650,
  eventsPerMinute: 10_000_000,
} as const;

/** How many origins a site may name. */
export const MAX_ORIGINS = 100;

/**
 * The settings that were said, each as it is stored.
 *
 * @throws `invalid_input` that names the setting and what it may be.
 */
export function parseSiteSettings(input: SiteSettingsInput): Partial<SiteSettings> {
  const said: Record<string, unknown> = {};
  for (const name of Object.keys(DEFAULT_SITE_SETTINGS) as (keyof SiteSettings)[]) {
    const value = input[name];
    if (value !== undefined) said[name] = value ?? DEFAULT_SITE_SETTINGS[name];
  }
  const settings = said as Partial<SiteSettings>;
  for (const [name, max] of Object.entries(MAX_SETTINGS)) {
    const number = settings[name as keyof typeof MAX_SETTINGS];
    if (number != null && !(Number.isInteger(number) && number >= 1 && number <= max)) {
      throw invalid(name, `Must be a whole number from 1 to ${max}`);
    }
  }
  if (settings.allowedOrigins == null) return settings;
  return { ...settings, allowedOrigins: parseOrigins(settings.allowedOrigins) };
}

function parseOrigins(list: readonly string[]): string[] {
  if (list.length > MAX_ORIGINS) throw invalid("allowedOrigins", `Must have at most ${MAX_ORIGINS} items`);
  const origins = list.map((text) => {
    assertCleanText("allowedOrigins", text);
    const origin = normalizeOrigin(text);
    if (origin === null) {
      throw invalid("allowedOrigins", 'Must be origins such as "https://example.com", without a path');
    }
    return origin;
  });
  return [...new Set(origins)];
}

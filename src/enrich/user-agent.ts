import QuickLRU from "quick-lru";
import { UAParser } from "ua-parser-js";
import type { Enrich } from "../domain/enrichment.ts";
import { cleanText, truncateText } from "../domain/text.ts";
import { browserName, deviceName, osName } from "./user-agent-names.ts";

/** What a User-Agent tells, null where it tells nothing. */
export interface UserAgentFacts {
  /** mobile, tablet, desktop, tv, console, wearable or embedded. */
  readonly device: string | null;
  readonly browser: string | null;
  readonly os: string | null;
}

/** Longer ones are cut: no browser sends them, and parsing time grows with the length. */
const MAX_LENGTH = 512;

/** Half of what is kept at most: the cache drops its older half when the newer one is full. */
const REMEMBERED = 5_000;

const NOTHING: UserAgentFacts = { device: null, browser: null, os: null };

const remembered = new QuickLRU<string, UserAgentFacts>({ maxSize: REMEMBERED });

/** Browser, operating system and kind of device behind a User-Agent header. Bounded, never throws. */
export function parseUserAgent(userAgent: string): UserAgentFacts {
  const text = truncateText(cleanText(userAgent), MAX_LENGTH);
  const known = remembered.get(text);
  if (known) return known;
  const facts = parse(text);
  remembered.set(text, facts);
  return facts;
}

function parse(userAgent: string): UserAgentFacts {
  // The parser takes an empty text for "look for the browser around you".
  if (userAgent.trim() === "") return NOTHING;
  const parser = new UAParser(userAgent);
  const browser = browserName(parser.getBrowser().name);
  const os = osName(parser.getOS().name);
  if (browser === null && os === null) return NOTHING;
  const device = deviceName(parser.getDevice().type);
  // Without a browser it is a program (curl, PHP): a kind of device only where it says so itself.
  const isBrowser = browser !== null || userAgent.startsWith("Mozilla/");
  return { device: device ?? (isBrowser ? "desktop" : null), browser, os };
}

/** Fills in device, browser and operating system, all three or none: a client that named one knows better. */
export const enrichFromUserAgent: Enrich = (event, { userAgent }) => {
  if (userAgent === null || event.device !== null || event.browser !== null || event.os !== null) return event;
  return { ...event, ...parseUserAgent(userAgent) };
};

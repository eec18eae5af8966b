import QuickLRU from "quick-lru";
import { UAParser } from "ua-parser-js";
import type { ClientHints } from "../domain/enrichment.ts";
import { cleanText, truncateText } from "../domain/text.ts";
import { type Bot, findBot } from "./bots.ts";
import { parseClientHints } from "./client-hints.ts";
import { browserName, deviceName, osName } from "./user-agent-names.ts";

/** What a User-Agent tells, null where it tells nothing. */
export interface UserAgentFacts {
  /** mobile, tablet, desktop, tv, console, wearable or embedded. */
  readonly device: string | null;
  readonly browser: string | null;
  readonly os: string | null;
  readonly bot: Bot | null;
}

/** Longer ones are cut: no browser sends them, and parsing time grows with the length. */
const MAX_LENGTH = 512;

/** Half of what is kept at most: the cache drops its older half when the newer one is full. */
const REMEMBERED = 5_000;

const NOTHING: UserAgentFacts = { device: null, browser: null, os: null, bot: null };

const remembered = new QuickLRU<string, UserAgentFacts>({ maxSize: REMEMBERED });

/** A User-Agent as far as it is looked at, and stored where it is. */
export const cutUserAgent = (userAgent: string): string => cleanText(truncateText(userAgent, MAX_LENGTH));

/**
 * Browser, operating system, kind of device and bot behind a User-Agent header and client hints.
 * Bounded, never throws.
 */
export function parseUserAgent(userAgent: string, hints: ClientHints | null = null): UserAgentFacts {
  const text = cutUserAgent(userAgent);
  const key = hints ? `${text}\n${hints.brands}\n${hints.mobile}\n${hints.platform}`.slice(0, 2 * MAX_LENGTH) : text;
  const known = remembered.get(key);
  if (known) return known;
  const facts = hints ? withHints(parse(text), hints) : parse(text);
  remembered.set(key, facts);
  return facts;
}

function parse(userAgent: string): UserAgentFacts {
  // The parser takes an empty text for "look for the browser around you".
  if (userAgent.trim() === "") return NOTHING;
  const bot = findBot(userAgent);
  const parser = new UAParser(userAgent);
  const browser = browserName(parser.getBrowser().name);
  const os = osName(parser.getOS().name);
  if (browser === null && os === null) return { ...NOTHING, bot };
  const device = deviceName(parser.getDevice().type);
  // Without a browser it is a program (curl, PHP): a kind of device only where it says so itself.
  const isBrowser = browser !== null || userAgent.startsWith("Mozilla/");
  return { device: device ?? (isBrowser ? "desktop" : null), browser, os, bot };
}

/** Hints are true where a User-Agent only says what it always said: Brave calls itself Chrome there. */
function withHints(facts: UserAgentFacts, clientHints: ClientHints): UserAgentFacts {
  const hinted = parseClientHints(clientHints);
  const os = hinted.os ?? facts.os;
  return {
    ...facts,
    browser: hinted.browser === "Chromium" ? (facts.browser ?? "Chromium") : (hinted.browser ?? facts.browser),
    os,
    device: hintedDevice(facts.device, hinted.isMobile, os),
  };
}

/** What a User-Agent knows beyond mobile and desktop is finer than the hint. */
function hintedDevice(device: string | null, isMobile: boolean | null, os: string | null): string | null {
  if (isMobile === null || (device !== null && device !== "mobile" && device !== "desktop")) return device;
  if (isMobile) return "mobile";
  return os === "Android" ? "tablet" : "desktop";
}

import QuickLRU from "quick-lru";
import { UAParser } from "ua-parser-js";
import type { Enrich } from "../domain/enrichment.ts";
import { cleanText, truncateText } from "../domain/text.ts";

/** What a User-Agent tells, null where it tells nothing. */
export interface UserAgentFacts {
  readonly device: string | null;
  readonly browser: string | null;
  readonly os: string | null;
}

/** Longer ones are cut: no browser sends them, and parsing time grows with the length. */
const MAX_LENGTH = 512;
const REMEMBERED = 10_000;

/** The parser's names → the names that people know. */
const NAMES: Readonly<Record<string, string>> = {
  "Mac OS": "macOS",
  "Chromium OS": "ChromeOS",
  "Mobile Safari": "Safari",
  "Mobile Chrome": "Chrome",
  "Mobile Firefox": "Firefox",
  "Chrome Headless": "Chrome",
  Yandex: "Yandex Browser",
  UCBrowser: "UC Browser",
  QQBrowser: "QQ Browser",
};

const LINUX_DISTRIBUTIONS = new Set(
  "Arch CentOS Debian Deepin Elementary Fedora Gentoo Kubuntu Linpus Mageia Mandriva Manjaro Mint PCLinuxOS RedHat Sabayon Slackware SUSE Ubuntu VectorLinux Xubuntu Zenwalk".split(
    " ",
  ),
);

const NOTHING: UserAgentFacts = { device: null, browser: null, os: null };

const remembered = new QuickLRU<string, UserAgentFacts>({ maxSize: REMEMBERED });

/** Browser, operating system and kind of device behind a User-Agent header. */
export function parseUserAgent(userAgent: string): UserAgentFacts {
  const text = truncateText(cleanText(userAgent), MAX_LENGTH);
  const known = remembered.get(text);
  if (known) return known;
  const facts = parse(text);
  remembered.set(text, facts);
  return facts;
}

function parse(userAgent: string): UserAgentFacts {
  const { browser, os, device } = new UAParser(userAgent).getResult();
  // Without browser and system it is a program (curl, undici): no device to speak of.
  if (!browser.name && !os.name) return NOTHING;
  return { device: device.type ?? "desktop", browser: rename(browser.name), os: renameOs(os.name) };
}

const rename = (name: string | undefined): string | null => (name === undefined ? null : (NAMES[name] ?? name));

const renameOs = (name: string | undefined): string | null =>
  name !== undefined && LINUX_DISTRIBUTIONS.has(name) ? "Linux" : rename(name);

/** Fills in device, browser and operating system, all three or none: a client that named one knows better. */
export const enrichFromUserAgent: Enrich = (event, { userAgent }) => {
  if (userAgent === null || event.device !== null || event.browser !== null || event.os !== null) return event;
  return { ...event, ...parseUserAgent(userAgent) };
};

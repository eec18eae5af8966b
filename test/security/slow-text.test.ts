import { describe, expect, test } from "bun:test";
import { NO_HINTS, type VisitorHints } from "../../src/domain/enrichment.ts";
import { emptyEvent, type NewEvent } from "../../src/domain/event.ts";
import { maskEvent } from "../../src/domain/mask-event.ts";
import type { Site } from "../../src/domain/site.ts";
import { createTestEnrich } from "../support/enrich.ts";

/** As long as the longest header that gets in. */
const LONG = 32 * 1024;

/** 2 ms are allowed, and a fraction is usual; what backtracks takes seconds. */
const TOO_LONG_MS = 20;

const repeat = (part: string) => part.repeat(Math.ceil(LONG / part.length)).slice(0, LONG);

/** Texts over which regular expressions have stumbled: nearly matches, many times. */
const TEXTS: Readonly<Record<string, string>> = {
  blanks: repeat(" "),
  brackets: repeat("("),
  "closed brackets": repeat("()"),
  slashes: repeat("/"),
  dots: repeat("a."),
  letters: repeat("a"),
  digits: repeat("1"),
  versions: repeat("1.1."),
  semicolons: repeat("; "),
  "names of bots": repeat("Googlebot/2.1 bot crawl spider "),
  "a bot in the end": `${repeat("x")} +http://example.com/bot`,
  "a browser, nearly": repeat("Mozilla/5.0 (Linux; Android Build/ "),
  "at signs": repeat("a@"),
  "percent signs": repeat("%40"),
  hyphens: repeat("-"),
  "line ends": repeat("\n\r"),
  NUL: repeat("\0"),
  "unpaired surrogates": repeat("\ud800"),
  "wide letters": repeat("İ"),
};

const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36";

const SITE = { id: 1, domain: "shop.example", honorGpc: true, honorDnt: true } as Site;

type Place = (text: string) => { event?: Partial<NewEvent>; hints?: Partial<VisitorHints> };

/** Where a client can put a text that something is looked for in. */
const PLACES: Readonly<Record<string, Place>> = {
  "User-Agent": (text) => ({ hints: { userAgent: text } }),
  "User-Agent of a browser": (text) => ({ hints: { userAgent: `Mozilla/5.0 ${text}` } }),
  "client hints": (text) => ({
    hints: { userAgent: BROWSER, clientHints: { brands: text, mobile: text, platform: text } },
  }),
  address: (text) => ({ hints: { address: text } }),
  referrer: (text) => ({ event: { referrer: text } }),
  "referrer of a page": (text) => ({ event: { referrer: `https://${text}/?q=${text}` } }),
  url: (text) => ({ event: { url: `https://shop.example/${text}?utm_source=${text}&${text}` } }),
};

const best = (work: (turn: number) => void): number => {
  const times = Array.from({ length: 5 }, (_, turn) => {
    const startedAt = performance.now();
    work(turn);
    return performance.now() - startedAt;
  });
  return Math.min(...times);
};

describe("a text of 32 KB takes no noticeable time:", () => {
  const enrich = createTestEnrich();

  test.each(Object.entries(PLACES))("in %s, when an event is filled in", (_place, put) => {
    for (const [name, text] of Object.entries(TEXTS)) {
      const ms = best((turn) => {
        // Another one each time: what was looked at before is remembered.
        const { event = {}, hints = {} } = put(`${turn}${text}`);
        const page = { ...emptyEvent({ type: "pageview", occurredAt: 0 }), siteId: 1, ...event };
        enrich(page, { ...NO_HINTS, address: "192.0.2.1", ...hints }, SITE);
      });
      if (ms > TOO_LONG_MS) throw new Error(`${name} took ${ms.toFixed(1)} ms`);
    }
  });

  test("in what is kept of a rejected event", () => {
    for (const [name, text] of Object.entries(TEXTS)) {
      const ms = best(() => {
        maskEvent(text);
        maskEvent({ eventName: text, url: text, referrer: `https://${text}`, [text]: text });
      });
      if (ms > TOO_LONG_MS) throw new Error(`${name} took ${ms.toFixed(1)} ms`);
    }
  });

  test("control: an expression that backtracks is found out by the same texts", () => {
    const slow = Object.values(TEXTS).map((text) => best(() => void /(?:x|a+)+\d$/.test(text.slice(0, 24))));
    expect(Math.max(...slow)).toBeGreaterThan(TOO_LONG_MS);
  });
});

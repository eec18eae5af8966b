import { NO_HINTS, type VisitorHints } from "../src/domain/enrichment.ts";
import { emptyEvent, type NewEvent } from "../src/domain/event.ts";
import { DEFAULT_SITE_SETTINGS } from "../src/domain/site.ts";
import { openGeoDatabase } from "../src/enrich/geo-database.ts";
import { openEnrich } from "../src/enrich/open-enrich.ts";
import { systemRandom } from "../src/lib/base62.ts";
import { modernBrowsers } from "./accuracy/data.ts";

/**
 * `bun bench/enrichment.ts`: what the whole enrichment of one event costs, with what was seen before in
 * memory and without, and at its worst.
 */
const WARM_EVENTS = 200_000;
const ROUNDS = 5;
const VISITORS = 2_000;

const enrich = openEnrich({ geo: openGeoDatabase(null), saltOf: () => new Uint8Array(32), random: systemRandom });
const event: NewEvent = {
  ...emptyEvent({ type: "pageview", occurredAt: 0 }),
  siteId: 1,
  url: "https://example.com/blog/article-17?utm_source=newsletter",
  path: "/blog/article-17",
  referrer: "https://www.google.com/search?q=article",
};
const run = (hints: VisitorHints, said: Partial<NewEvent> = {}) =>
  enrich({ ...event, ...said }, hints, DEFAULT_SITE_SETTINGS);

/** The smallest of a few rounds, in µs for each: neighbours on the machine only add. */
function microseconds(count: number, work: (n: number) => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    for (let n = 0; n < count; n++) work(n);
    return ((performance.now() - startedAt) * 1_000) / count;
  });
  return Math.min(...rounds);
}

const userAgents = await modernBrowsers();
const clientHints = { brands: '"Chromium";v="130", "Google Chrome";v="130"', mobile: "?0", platform: '"Windows"' };
const visitors = Array.from(
  { length: VISITORS },
  (_, n): VisitorHints => ({
    ...NO_HINTS,
    userAgent: userAgents[n % userAgents.length] ?? "",
    clientHints,
    address: `81.${n % 200}.${n % 251}.${n % 97}`,
    atMs: 1_781_524_800_000,
  }),
);
const visitorAt = (n: number): VisitorHints => visitors[n % VISITORS] ?? NO_HINTS;
for (let n = 0; n < VISITORS; n++) run(visitorAt(n));

let fresh = 0;
const unseen = (): VisitorHints => {
  fresh += 1;
  return { ...visitorAt(fresh), userAgent: `${userAgents[fresh % userAgents.length]} v${fresh}`, address: null };
};
const unseenBot = (): VisitorHints => ({
  ...NO_HINTS,
  userAgent: `Mozilla/5.0 (compatible; Newcomer${fresh++}; +http://a.example/b)`,
});

console.log("| one event | µs |\n| --- | --- |");
const row = (what: string, value: number) => console.log(`| ${what} | ${value.toFixed(2)} |`);
row(
  "all of it, visitors seen before",
  microseconds(WARM_EVENTS, (n) => run(visitorAt(n))),
);
row(
  "of a server, without a visitor",
  microseconds(WARM_EVENTS, () => enrich(event, null, DEFAULT_SITE_SETTINGS)),
);
row(
  "a browser that was never seen",
  microseconds(2_000, () => run(unseen())),
);
row(
  "a bot that was never seen and nobody knows",
  microseconds(2_000, () => run(unseenBot())),
);

const HOSTILE = 32_768;
const texts = [
  "a",
  "(",
  "bot/ http://",
  "Mozilla/5.0 (compatible; ",
  "a.",
  "@a.b",
  " ",
  "\0",
  "\ud800",
  "Android;",
  "ia=",
  "crawl spider ",
];
const hostile = texts.map((text) => {
  const long = text.repeat(HOSTILE / text.length);
  return microseconds(20, () => {
    fresh += 1;
    run(
      { ...NO_HINTS, userAgent: `${fresh}${long}` },
      { referrer: `${fresh}${long}`, url: `https://a.example/?${long}` },
    );
  });
});
row(`32 KB of User-Agent, referrer and URL, the worst of ${texts.length} kinds`, Math.max(...hostile));

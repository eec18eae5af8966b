import { describe, expect, test } from "bun:test";
import { type Enrich, NO_HINTS, type VisitorHints } from "../../src/domain/enrichment.ts";
import { emptyEvent, type NewEvent } from "../../src/domain/event.ts";
import { createTestEnrich, DEFAULT_PRIVACY } from "../support/enrich.ts";

const BROWSER =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const GPTBOT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)";
const NOON = Date.UTC(2026, 5, 15, 12);
const MINUTE = 60_000;

const event: NewEvent = { ...emptyEvent({ type: "pageview", occurredAt: NOON }), siteId: 1 };
const visitor: VisitorHints = { ...NO_HINTS, userAgent: BROWSER, address: "81.2.69.160", atMs: NOON };

const LONDON = {
  country: { iso_code: "GB" },
  subdivisions: [{ names: { en: "England" } }],
  city: { names: { en: "London" } },
};
const enrich = createTestEnrich((address) => (address.startsWith("81.") ? LONDON : null));

/** What becomes of an event. */
function filled(fill: Enrich, event: NewEvent, hints: VisitorHints | null, privacy = DEFAULT_PRIVACY): NewEvent {
  const copy = { ...event };
  fill(copy, hints, privacy);
  return copy;
}

const enrichEvent = (
  said: Partial<NewEvent> = {},
  hints: Partial<VisitorHints> | null = {},
  privacy = DEFAULT_PRIVACY,
) => filled(enrich, { ...event, ...said }, hints && { ...visitor, ...hints }, privacy);

test("all that a request tells is filled in", () => {
  const enriched = enrichEvent({ referrer: "https://chatgpt.com/" });
  expect(enriched).toEqual({
    ...event,
    referrer: "https://chatgpt.com/",
    device: "desktop",
    browser: "Chrome",
    os: "Windows",
    country: "GB",
    region: "England",
    city: "London",
    aiSource: "chatgpt",
    visitorId: enriched.visitorId,
    sessionId: enriched.sessionId,
  });
  expect(enriched.visitorId).toMatch(/^[\w-]{22}$/);
  expect(enriched.sessionId).toMatch(/^[0-9A-Za-z]{16}$/);
  expect(JSON.stringify(enriched)).not.toMatch(/81\.2|Mozilla/);
});

test("the event that came in stays as it was", () => {
  const before = structuredClone(event);
  enrichEvent();
  expect(event).toEqual(before);
});

test.each([
  { visitorId: "v" },
  { sessionId: "s" },
  { visitorId: "", sessionId: "" },
  { country: "Atlantis" },
  { device: "mobile" },
  { browser: "Lynx" },
  { os: "Plan 9" },
  { aiSource: "duckduckgo-ai", referrer: "https://chatgpt.com/" },
])("what the client said wins: %j", (said) => {
  expect(enrichEvent(said)).toMatchObject(said);
});

test("a client that named one of device, browser and system knows all of them better", () => {
  expect(enrichEvent({ os: "Plan 9" })).toMatchObject({ os: "Plan 9", browser: null, device: null });
});

test("of a country that the client named the city is not known", () => {
  expect(enrichEvent({ country: "FR" })).toMatchObject({ country: "FR", region: null, city: null });
});

describe("a proxy's country", () => {
  test("beats the address, whose city is then another place", () => {
    expect(enrichEvent({}, { country: "FR" })).toMatchObject({ country: "FR", region: null, city: null });
    expect(enrichEvent({}, { country: "GB" })).toMatchObject({ country: "GB", city: "London" });
  });

  test("counts without an address, too", () => {
    expect(enrichEvent({}, { country: "FR", address: null })).toMatchObject({ country: "FR", visitorId: null });
  });
});

describe("a bot", () => {
  test("is named, is no referral, and its User-Agent is kept", () => {
    const enriched = enrichEvent({ referrer: "https://chatgpt.com/" }, { userAgent: GPTBOT });
    expect(enriched).toMatchObject({ botName: "GPTBot", botCompany: "OpenAI", aiSource: null });
    expect(JSON.parse(enriched.data ?? "")).toEqual({ userAgent: GPTBOT });
  });

  test("does not change how properties are written", () => {
    const data = '{"properties":{"b":1.10,"a":9007199254740993}}';
    expect(enrichEvent({ data }, { userAgent: GPTBOT }).data).toBe(
      `{"userAgent":${JSON.stringify(GPTBOT)},"properties":{"b":1.10,"a":9007199254740993}}`,
    );
  });

  test("keeps the name that its client said", () => {
    const said = { botName: "MyBot", botCompany: "Me" };
    expect(enrichEvent(said, { userAgent: GPTBOT })).toMatchObject(said);
  });

  test("is none where the client said that it is a referral", () => {
    expect(enrichEvent({ aiSource: "claude" }, { userAgent: GPTBOT })).toMatchObject({ botName: null, data: null });
  });

  test("keeps at most 512 characters of its User-Agent", () => {
    const { data } = enrichEvent({}, { userAgent: `${GPTBOT}${"x".repeat(32_768)}\ud800` });
    expect((JSON.parse(data ?? "") as { userAgent: string }).userAgent).toHaveLength(512);
  });
});

describe("without a visitor's own request", () => {
  test("only what the event itself holds tells something", () => {
    expect(enrichEvent({ referrer: "https://claude.ai/" }, null)).toEqual({
      ...event,
      referrer: "https://claude.ai/",
      aiSource: "claude",
    });
  });

  test("hints of nothing tell nothing", () => {
    expect(filled(enrich, event, NO_HINTS)).toEqual(event);
  });

  test("an address without a time tells the country, and makes up neither visitor nor session", () => {
    const hints = { ...NO_HINTS, address: "81.2.69.160" };
    expect(filled(enrich, event, hints)).toMatchObject({ country: "GB", visitorId: null, sessionId: null });
  });
});

describe("a visitor who does not want to be followed", () => {
  const unknown = { visitorId: null, sessionId: null, city: null };

  test.each([
    ["GPC, which is honoured unless the site says otherwise", { gpc: true }, {}, true],
    ["GPC where the site does not honour it", { gpc: true }, { honorGpc: false }, false],
    ["DNT, which is not honoured unless the site says so", { dnt: true }, {}, false],
    ["DNT where the site honours it", { dnt: true }, { honorDnt: true }, true],
  ])("by %s", (_what, wish, settings, isHonored) => {
    const enriched = enrichEvent({}, wish, { ...DEFAULT_PRIVACY, ...settings });
    if (isHonored) expect(enriched).toMatchObject({ ...unknown, country: "GB", browser: "Chrome" });
    else expect(enriched).toMatchObject({ city: "London", visitorId: expect.any(String) });
  });

  test("is not followed by what the client said either", () => {
    expect(enrichEvent({ visitorId: "v", sessionId: "s", city: "X" }, { gpc: true })).toMatchObject(unknown);
  });
});

describe("a visitor's id", () => {
  const idOf = (said: Partial<NewEvent>, hints: Partial<VisitorHints>) => enrichEvent(said, hints).visitorId;
  const usual = idOf({}, {});

  test("is the same for the same network and browser on a site", () => {
    expect(idOf({ type: "click" }, { atMs: NOON + MINUTE })).toBe(String(usual));
  });

  test.each([
    ["another address", {}, { address: "81.2.69.161" }],
    ["another browser", {}, { userAgent: `${BROWSER} Edg/130.0` }],
    ["another site", { siteId: 2 }, {}],
  ])("is another one for %s", (_what, said, hints) => {
    expect(idOf(said, hints)).not.toBe(usual);
  });

  test("is that of the network of an IPv6 address", () => {
    const [first, second, other] = ["2a00:1:2:3::1", "2a00:1:2:3:ffff::2", "2a00:1:2:4::1"].map((address) =>
      idOf({}, { address }),
    );
    expect(first).toBe(String(second));
    expect(first).not.toBe(String(other));
  });
});

describe("a session", () => {
  const sessionAt = (enrichHere: typeof enrich, minutes: number, said: Partial<NewEvent> = {}) =>
    filled(enrichHere, { ...event, ...said }, { ...visitor, atMs: NOON + minutes * MINUTE }).sessionId;

  test("goes on until half an hour has passed without an event", () => {
    const enrichHere = createTestEnrich();
    const sessions = [0, 29, 58, 87, 117.1, 118].map((minutes) => sessionAt(enrichHere, minutes));
    expect(new Set(sessions.slice(0, 4)).size).toBe(1);
    expect(sessions[4]).not.toBe(String(sessions[3]));
    expect(sessions[5]).toBe(String(sessions[4]));
  });

  test("is the visitor's own, also where the client named the visitor", () => {
    const enrichHere = createTestEnrich();
    const [a, b, again] = ["a", "b", "a"].map((visitorId) => sessionAt(enrichHere, 0, { visitorId }));
    expect(a).toBe(String(again));
    expect(a).not.toBe(String(b));
  });

  test("of lines that are out of order goes on, too", () => {
    const enrichHere = createTestEnrich();
    const [first, earlier, later] = [10, 0, 35].map((minutes) => sessionAt(enrichHere, minutes));
    expect(earlier).toBe(String(first));
    expect(later).toBe(String(first));
  });

  test("is remembered in bounded memory", () => {
    const enrichHere = createTestEnrich();
    const first = sessionAt(enrichHere, 0, { visitorId: "first" });
    for (let n = 0; n < 110_000; n++) sessionAt(enrichHere, 0, { visitorId: `v${n}` });
    expect(sessionAt(enrichHere, 0, { visitorId: "first" })).not.toBe(first);
  });
});

const LONG = 32_768;
test.each([
  ["letters", "a".repeat(LONG)],
  ["brackets", "(".repeat(LONG)],
  ["slashes", "bot/ http://".repeat(LONG / 12)],
  ["versions", "Mozilla/5.0 (compatible; ".repeat(LONG / 25)],
  ["dots", "a.".repeat(LONG / 2)],
  ["addresses", "@a.b".repeat(LONG / 4)],
  ["blanks", " ".repeat(LONG)],
  ["NUL", "\0".repeat(LONG)],
  ["halves of characters", "\ud800".repeat(LONG)],
])("32 KB of %s in every header and field are no noticeable work, and no error", (_what, text) => {
  const times = Array.from({ length: 5 }, (_, n) => {
    const hostile = `${n}${text}`;
    const startedAt = performance.now();
    enrichEvent(
      { referrer: hostile, url: `https://example.com/?${hostile}` },
      { userAgent: hostile, clientHints: { brands: hostile, mobile: hostile, platform: hostile }, address: hostile },
    );
    return performance.now() - startedAt;
  });
  // 0.2 ms are usual, 2 ms the promise; a slow match would take seconds.
  expect(Math.min(...times)).toBeLessThan(10);
});

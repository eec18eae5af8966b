import { describe, expect, test } from "bun:test";
import { measureAccuracy } from "../../bench/accuracy/measure.ts";
import { BOT_TABLE } from "../../src/enrich/bot-table.ts";
import { findBot } from "../../src/enrich/bots.ts";

describe("the table of bots", () => {
  test("has at least 150 rows, and every token once", () => {
    expect(BOT_TABLE.length).toBeGreaterThanOrEqual(150);
    expect(new Set(BOT_TABLE.map(({ token }) => token)).size).toBe(BOT_TABLE.length);
  });

  test.each(BOT_TABLE.map((row) => [row.name, row] as const))("knows %s by its token", (_name, row) => {
    const expected = { name: row.name, company: row.company };
    const agents = [
      `Mozilla/5.0 (compatible; ${row.token}/1.0; +https://example.com/bot)`,
      `Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ${row.token.toUpperCase()}/2.1) Chrome/130.0 Safari/537.36 bot`,
    ];
    for (const userAgent of agents) expect(findBot(userAgent)).toEqual(expected);
  });
});

test.each([
  [
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "GPTBot",
    "OpenAI",
  ],
  ["Mozilla/5.0 (compatible; Applebot-Extended/0.1)", "Applebot-Extended", "Apple"],
  ["Mozilla/5.0 (Macintosh) Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)", "Applebot", "Apple"],
  ["TelegramBot (like TwitterBot)", "TelegramBot", "Telegram"],
  ["Mozilla/5.0 (compatible; YandexSpravBot/1.0; +http://yandex.com/bots)", "YandexSpravBot", "Yandex"],
  ["NewCrawler/1.0 (+https://crawl.example.co.uk/about)", "NewCrawler", "example.co.uk"],
  ["SomeBot/2 (bot@mail.example.org)", "SomeBot", "example.org"],
  ["MyBot/1.0 (https://github.com/me/mybot)", "MyBot", null],
  ["nutch-1.4/Nutch-1.4", "Nutch", null],
  ["Mozilla/5.0 (X11; aggregator:Spinn3r; http://spinn3r.com/robot) Gecko Firefox/3.0", "spinn3r.com", "spinn3r.com"],
  ["bot", "bot", null],
  ["-", "Unknown bot", null],
])("%s is %s of %p", (userAgent, name, company) => {
  expect(findBot(userAgent)).toEqual({ name, company });
});

test.each([
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 350.0",
  "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) Chrome/142.0 Mobile Safari/537.36 Instagram",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Code/1.115.0 Chrome/142.0 Electron/39.8.5 Safari/537.36",
  "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; WOW64; Trident/5.0; chromeframe/19.0.1084.52)",
  "Mozilla/5.0 (X11; Linux x86_64) notgptbotany Chrome/130.0 Safari/537.36",
])("%s is no bot", (userAgent) => {
  expect(findBot(userAgent)).toBeNull();
});

/** The least that must be right, of a hundred. */
const LEAST: Readonly<Record<string, number>> = {
  "bots recognised": 99,
  "browsers not taken for bots": 99.7,
  "names of AI and search bots": 95,
  "companies of AI and search bots": 85,
  browsers: 94,
  "operating systems": 94,
};

test("measured on the data of other projects, it is right as often as the guide says", async () => {
  for (const { what, cases, right } of await measureAccuracy()) {
    expect(cases).toBeGreaterThan(50);
    expect((100 * right) / cases).toBeGreaterThanOrEqual(LEAST[what] ?? Number.POSITIVE_INFINITY);
  }
}, 60_000);

import { createIsbotFromList, isbotMatch, list } from "isbot";
import { truncateText } from "../domain/text.ts";
import { BOT_TABLE, type KnownBot } from "./bot-table.ts";
import { findCrawlerName } from "./crawler-patterns.ts";

/** A program that asks by itself, as far as its User-Agent tells. */
export interface Bot {
  /** Never empty: where nobody knows it, the word by which it gave itself away. */
  readonly name: string;
  /** Who runs it, or the domain that it names; null where neither is known. */
  readonly company: string | null;
}

const MAX_NAME_LENGTH = 100;

/** The list's patterns, but for one that people of 2012 had in their Internet Explorer. */
const isbot = createIsbotFromList(list.filter((pattern) => pattern !== "chromeframe"));

/** The longest token first: `Applebot-Extended` is not `Applebot`. */
const BY_LENGTH: readonly KnownBot[] = BOT_TABLE.toSorted((a, b) => b.token.length - a.token.length);

/**
 * The bot behind a User-Agent, null for what looks like a person's browser or app.
 *
 * @param userAgent of bounded length.
 */
export function findBot(userAgent: string): Bot | null {
  const known = findKnown(userAgent.toLowerCase());
  // Some of the AI companies' bots call themselves by names that a list of patterns cannot expect.
  const isBot = known?.category.startsWith("ai-") || isbot(userAgent);
  if (!isBot) return null;
  if (known) return { name: known.name, company: known.company };
  const domain = domainIn(userAgent);
  return { name: nameOf(userAgent, domain), company: domain && (COMPANY_DOMAINS.get(domain) ?? domain) };
}

/** Words that only tell that it is a bot, not which. */
const SAYS_NOTHING = /^(?:https?|www|agent|bot|crawler|fetch(?:er)?|robot|spider)$/i;

function nameOf(userAgent: string, domain: string | null): string {
  const listed = findCrawlerName(userAgent);
  // Some patterns of the list are the address of the page about the bot.
  const isAddress = listed !== null && /^[\w-]+(?:\.[\w-]+)+|\//.test(listed);
  const candidates = [
    isAddress ? null : listed,
    firstProduct(userAgent),
    listed,
    isbotMatch(userAgent)?.trim(),
    domain,
  ];
  const names = candidates.filter((name) => name != null && /\p{L}/u.test(name)) as readonly string[];
  const name = names.find((one) => !SAYS_NOTHING.test(one)) ?? names[0] ?? "Unknown bot";
  return truncateText(name, MAX_NAME_LENGTH);
}

function findKnown(userAgent: string): KnownBot | undefined {
  return BY_LENGTH.find(({ token }) => holdsWord(userAgent, token));
}

/** Whether `word` stands in `text` without a letter or digit before or behind it. */
function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!isWordCharacter(text.charCodeAt(at - 1)) && !isWordCharacter(text.charCodeAt(at + word.length))) return true;
  }
  return false;
}

/** Of lower-case text: a-z and 0-9. NaN, beyond either end, is none. */
const isWordCharacter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57);

const PRODUCT = "([A-Za-z][\\w.!&-]*(?: [A-Za-z][\\w-]*){0,2}?)(?:[/;,)(]| v?\\d| [-+(]|$)";
const PRODUCTS = [new RegExp(`\\bcompatible; ?${PRODUCT}`), new RegExp(`^${PRODUCT}`)];

/** `Foo-Crawler/1.2 (…)` → `Foo-Crawler`; also inside `Mozilla/5.0 (compatible; Foo/1.2; …)`. */
function firstProduct(userAgent: string): string | null {
  for (const product of PRODUCTS) {
    const name = product.exec(userAgent)?.[1];
    if (name !== undefined && !/^(?:mozilla|msie|http)/i.test(name)) return name;
  }
  return null;
}

/** Domains that vendors name in the User-Agents of bots that are too many, or too new, for the table. */
const COMPANY_DOMAINS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Amazon: ["amazon.com", "amazon.dev", "amazonaws.com"],
    Anthropic: ["anthropic.com", "claude.ai", "claude.com"],
    Apple: ["apple.com"],
    Baidu: ["baidu.com"],
    ByteDance: ["bytedance.com", "tiktok.com", "toutiao.com"],
    Google: ["google.com", "googlebot.com"],
    Meta: ["facebook.com", "meta.com"],
    Microsoft: ["bing.com", "microsoft.com", "msn.com", "live.com"],
    "NTT Resonant": ["goo.ne.jp"],
    Naver: ["naver.com", "navercorp.com"],
    OpenAI: ["openai.com", "chatgpt.com"],
    Perplexity: ["perplexity.ai"],
    Seznam: ["seznam.cz"],
    Sogou: ["sogou.com"],
    Yahoo: ["yahoo.com"],
    "Yahoo Japan": ["yahoo.co.jp", "yahoo-help.jp"],
    Yandex: ["yandex.com", "yandex.ru"],
  }).flatMap(([company, domains]) => domains.map((domain) => [domain, company] as const)),
);

/** Where many bots live that are not the host's own. */
const HOSTS_OF_OTHERS = /(?:^|\.)(?:github\.(?:com|io)|gitlab\.com|sourceforge\.net|wordpress\.com|blogspot\.com)$/;

/** Second levels below which countries register names: `example.co.uk`. */
const SECOND_LEVELS = /^(?:ac|co|com|edu|go|gov|ne|net|or|org)$/;

/** The registrable domain of the first URL or address that a User-Agent names. */
function domainIn(userAgent: string): string | null {
  const host = /(?:https?:\/\/|@|\+|\bwww\.)((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})\b/i.exec(userAgent)?.[1];
  if (host === undefined) return null;
  const labels = host.toLowerCase().split(".");
  const [second = "", top = ""] = labels.slice(-2);
  const size = top.length === 2 && SECOND_LEVELS.test(second) && labels.length > 2 ? 3 : 2;
  const domain = labels.slice(-size).join(".");
  return HOSTS_OF_OTHERS.test(domain) ? null : domain;
}

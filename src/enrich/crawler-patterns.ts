/**
 * Patterns of the list `crawler-user-agents` that also hit browsers of people, or are too short to
 * tell anything.
 */
const DENIED = new Set([
  "AP3A\\.240617\\.008",
  "MetaIAB Facebook",
  "Code\\/1\\.",
  "Trae\\/",
  "Sogou",
  "Sonic",
  "Butterfly",
  "Fever",
  "Expanse",
  "Fluid",
  "008\\/",
]);

/** Texts are found by their first letters: this many. */
const PREFIX = 4;

interface CrawlerPatterns {
  /** Patterns that are texts, by their first letters; the longest first. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** All others. */
  readonly expressions: readonly RegExp[];
}

let loaded: CrawlerPatterns | undefined;

/**
 * What a pattern of the list finds in a User-Agent, with the letters around it that belong to the same
 * name; null where none does.
 *
 * 1,500 patterns, but nearly all of them are plain texts: one look-up for each letter finds those.
 */
export function findCrawlerName(userAgent: string): string | null {
  loaded ??= load();
  for (let at = 0; at + PREFIX <= userAgent.length; at++) {
    const candidates = loaded.texts.get(userAgent.slice(at, at + PREFIX));
    const found = candidates?.find((text) => userAgent.startsWith(text, at));
    if (found !== undefined) return nameAround(userAgent, at, found.length);
  }
  for (const expression of loaded.expressions) {
    const match = expression.exec(userAgent);
    if (match) return nameAround(userAgent, match.index, match[0].length);
  }
  return null;
}

/** The name that the found letters are part of: `Kaus` in `Lipperhey-Kaus/1.0` is `Lipperhey-Kaus`. */
function nameAround(userAgent: string, start: number, length: number): string {
  const before = /[\w-]*$/.exec(userAgent.slice(0, start))?.[0] ?? "";
  const found = userAgent.slice(start, start + length);
  const after = /[\w]$/.test(found) ? (/^[\w-]*/.exec(userAgent.slice(start + length))?.[0] ?? "") : "";
  return `${before}${found}${after}`.replace(/^[^\p{L}\p{N}]+|(?:[-_]\d+)?[^\p{L}\p{N}!)]*$/gu, "");
}

function load(): CrawlerPatterns {
  // Half a megabyte: not before it is needed.
  const entries = require("crawler-user-agents") as readonly { readonly pattern: string }[];
  const texts = new Map<string, string[]>();
  const expressions: RegExp[] = [];
  for (const { pattern } of entries) {
    if (DENIED.has(pattern)) continue;
    const text = pattern.replace(/\\([^\w])/g, "$1");
    const isText = !/\\|[[\](){}|?*+^$.]/.test(pattern.replace(/\\[^\w]/g, ""));
    if (!isText || text.length < PREFIX) {
      expressions.push(new RegExp(pattern));
      continue;
    }
    const prefix = text.slice(0, PREFIX);
    texts.set(prefix, [...(texts.get(prefix) ?? []), text]);
  }
  for (const list of texts.values()) list.sort((a, b) => b.length - a.length);
  return { texts, expressions };
}

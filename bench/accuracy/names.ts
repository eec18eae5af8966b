/**
 * The same thing goes by many names. Here they become one, so that what is compared is what was
 * recognised and not how it is spelt.
 */

/** Letters and digits of a name, its words in order, without accents, and without a `bot` at the end. */
export const botName = (name: string): string =>
  name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .toSorted()
    .join("")
    .replace(/(?:bot|spider|crawler)$/, "");

/** Bots that have two names: what we call them, and the parser that we compare with. */
const BOT_SYNONYMS: ReadonlySet<string> = new Set(
  [
    ["msnbot", "BingBot"],
    ["msnbot-media", "BingBot"],
    ["adidxbot", "BingBot"],
    ["FAST-WebCrawler", "AlltheWeb"],
    ["ichiro", "Goo"],
    ["coccocbot-image", "Cốc Cốc Bot"],
    ["coccocbot-web", "Cốc Cốc Bot"],
    ["imagecoccoc", "Cốc Cốc Bot"],
    ["HaosouSpider", "360Spider"],
    ["VoilaBot", "Orange Bot"],
    ["Y!J-ASR", "Yahoo! Japan ASR"],
    ["Y!J-BRJ", "Yahoo! Japan BRJ"],
    ["Y!J-BRW", "Yahoo! Japan BRW"],
    ["Y!J-BRY", "Yahoo! Japan BRY"],
    ["Y!J-PSC", "Yahoo! Japan PSC"],
    ["Y!J", "Yahoo! Japan"],
  ].map((pair) => pair.join(" = ")),
);

export function isSameBot(ours: string, theirs: string): boolean {
  const [a, b] = [botName(ours), botName(theirs)];
  return a !== "" && (a.includes(b) || b.includes(a) || BOT_SYNONYMS.has(`${ours} = ${theirs}`));
}

/** `Google`, `Google Inc.` and `google.com` are one company: what they begin with decides. */
export function isSameCompany(ours: string, theirs: string): boolean {
  const [a, b, first] = [botName(ours), botName(theirs), botName(theirs.split(/[ ,.]/)[0] ?? "")];
  return a !== "" && (a.includes(b) || b.includes(a) || a.includes(first));
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/^mobile |(?: mobile| mobile ios| for ios| browser| lite| touch)+$/g, ""],
  [/microsoft edge/, "edge"],
  [/samsung internet for android/, "samsung internet"],
  [/chromium|chrome webview/, "chrome"],
  [/^opera .*/, "opera"],
  [/google search.*|google app/, "google"],
];

export function browser(name: string): string {
  const known = BROWSERS.reduce(
    (text, [pattern, replacement]) => text.replace(pattern, replacement),
    name.toLowerCase(),
  );
  return known.replace(/[^a-z0-9]/g, "");
}

export function system(name: string): string {
  const text = name.toLowerCase();
  if (/windows phone/.test(text)) return "windowsphone";
  if (/^win/.test(text)) return "windows";
  if (/mac|os x/.test(text)) return "macos";
  if (/iphone|ipad|ipod|ios/.test(text)) return "ios";
  if (/bsd/.test(text)) return "bsd";
  if (/blackberry/.test(text)) return "blackberry";
  if (/chrom/.test(text)) return "chromeos";
  return /linux|ubuntu|fedora|debian/.test(text) ? "linux" : text.replace(/[^a-z0-9]/g, "");
}

/** Names of Woothee for what others call the engine, or the system's own browser. */
export const WOOTHEE_BROWSERS: Readonly<Record<string, readonly string[]>> = {
  webview: ["webkit", "chrome"],
  safari: ["safari", "android"],
};

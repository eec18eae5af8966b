import { isRawNumber, truncateText } from "./text.ts";

/** Fields of an event, and letters of a name and of a value. */
const MAX_FIELDS = 50;
const MAX_NAME_LENGTH = 60;
const MAX_VALUE_LENGTH = 200;

/** Where a text is cut off before it is looked through, in letters. */
const MAX_HIDDEN_LENGTH = 400;

/** Of a text that is no JSON, in letters. */
const MAX_TEXT_LENGTH = 1_000;

/**
 * What may be shown of an event that was not taken. It may hold anything, in any field: so nothing is shown
 * but values of the fields below, of the event itself, in which no API has anything personal. Of all others
 * there is only what kind of value it was.
 */
const SHOWN: ReadonlySet<string> = new Set(
  [
    ...["trackingCode", "code", "k", "key", "scope", "program_id"],
    ...["eventType", "type", "t", "eventName", "eventTime", "timestamp", "value", "amount_cents", "currency"],
    ...[
      "deviceType",
      "device_type",
      "browser",
      "browser_name",
      "os",
      "device_os",
      "location",
      "country",
      "countryCode",
    ],
    ...["bot", "company", "sale_type", "is_recurring", "language", "timezone"],
  ].flatMap(spellingsOf),
);

/** Shown without what follows `?` or `#`, and without a user's name. */
const SHOWN_URLS: ReadonlySet<string> = new Set(
  ["url", "p", "page_url", "pageUri", "affiliate_url", "referrer", "ref", "referrer_url"].flatMap(spellingsOf),
);

/** Hidden wherever they stand; but for public codes of sites, which come first. */
const HIDDEN = new RegExp(
  [
    String.raw`\b(?<code>pm-[a-z0-9]{1,12}-\d{1,15}|ak_[0-9A-Za-z]{1,40})\b`,
    // An e-mail address.
    String.raw`[^\s"'<>,;:/?&=]+(?:@|%40)[^\s"'<>,;:/?&=]+`,
    // An API key, or another token.
    String.raw`\bff_\w*|[0-9A-Za-z]{20,}|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{9,}`,
    // Digits, perhaps in groups: a telephone, a card.
    String.raw`\+?\d(?:[ ().-]{0,3}\d){8,}`,
  ].join("|"),
  "gi",
);

export interface MaskedEvent {
  readonly text: string;
  readonly isTruncated: boolean;
}

/** An event as text, masked and cut off; it takes time for what is shown of it only. */
export function maskEvent(event: unknown): MaskedEvent {
  if (typeof event === "string") return maskText(event);
  if (!isObject(event)) return { text: kindOf(event), isTruncated: false };
  const shown: string[] = [];
  for (const name in event) {
    if (shown.length === MAX_FIELDS) return { text: `{${shown.join(",")},…}`, isTruncated: true };
    shown.push(`${JSON.stringify(hide(truncateText(name, MAX_NAME_LENGTH)))}:${maskValue(name, event[name])}`);
  }
  return { text: `{${shown.join(",")}}`, isTruncated: false };
}

function maskValue(name: string, value: unknown): string {
  const field = nameOf(name);
  if (typeof value === "string") {
    if (SHOWN.has(field)) return JSON.stringify(shorten(hide(value)));
    if (SHOWN_URLS.has(field)) return JSON.stringify(shorten(hide(pageOf(value))));
  }
  if (typeof value === "boolean" || value === null) return String(value);
  if (SHOWN.has(field) && (typeof value === "number" || isRawNumber(value))) return shorten(JSON.stringify(value));
  return JSON.stringify(kindOf(value));
}

function kindOf(value: unknown): string {
  if (typeof value === "string") return `(text of ${value.length})`;
  if (Array.isArray(value)) return `(list of ${value.length})`;
  if (isObject(value)) return "(object)";
  return value === null ? "null" : `(${isRawNumber(value) ? "number" : typeof value})`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);

/** A word of a text that is no JSON is shown where it is the name of a field, or what JSON itself is made of. */
function maskText(text: string): MaskedEvent {
  const beginning = truncateText(text, MAX_TEXT_LENGTH);
  const masked = beginning.replace(/[^\s"'{}[\],:]+/g, (word) => (isName(word) ? word : "…"));
  return { text: masked, isTruncated: beginning.length < text.length };
}

const isName = (word: string): boolean =>
  /^(?:true|false|null|events)$/.test(word) ||
  (/[a-z]/i.test(word) && (SHOWN.has(nameOf(word)) || SHOWN_URLS.has(nameOf(word))));

/** Names are written in several ways: `eventType`, `EventType`, `event_type`. */
function spellingsOf(name: string): readonly string[] {
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
  return [name.replaceAll("_", ""), snake].map((spelling) => spelling.toLowerCase());
}

const nameOf = (name: string): string => (name.length > MAX_NAME_LENGTH ? "" : name.toLowerCase());

const pageOf = (url: string): string =>
  truncateText(url, MAX_HIDDEN_LENGTH)
    .replace(/[?#].*$/s, (rest) => `${rest[0]}…`)
    .replace(/^(\w+:)?\/\/[^/]*@/, "$1//");

/** A text of a few hundred letters without what may be personal or secret. */
export function hide(text: string): string {
  const known = (...args: readonly unknown[]) => (args.at(-1) as { code?: string }).code ?? "…";
  return truncateText(text, MAX_HIDDEN_LENGTH).replace(HIDDEN, known);
}

const shorten = (text: string): string =>
  text.length > MAX_VALUE_LENGTH ? `${truncateText(text, MAX_VALUE_LENGTH)}…` : text;

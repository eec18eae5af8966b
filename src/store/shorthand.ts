import type { NewEvent } from "../domain/event.ts";
import { timeOfId } from "../lib/ids.ts";

/**
 * What a row does not spell out, because the same texts would stand in row after row.
 *
 * The column `shorthand` is one integer of four codes: which browser, which system, which kind of device, and where the
 * path is. A code with all bits set says that the text stands in the row (`browser_text` …), or that there is none.
 * Virtual columns with the old names give the texts, so whoever reads need not know. In rows from before there was a
 * shorthand it is null: all of them is spelled out.
 *
 * SQLite stores 0 in no byte, up to 127 in one, up to 32,767 in two; three are only needed where the length of a path
 * stands above the codes.
 */
interface Code {
  /** How many bits stand below it. */
  readonly shift: number;
  readonly spelledOut: number;
}

const BROWSER: Code = { shift: 0, spelledOut: 31 };
const OS: Code = { shift: 5, spelledOut: 31 };
const DEVICE: Code = { shift: 10, spelledOut: 7 };
const PATH: Code = { shift: 13, spelledOut: 3 };

/**
 * A name's place is its code, and codes are in rows for good: no name is ever moved or removed. One can be added at the
 * end, while that leaves the last code free, by a migration that drops the virtual column and adds it anew.
 *
 * The commonest come first: SQLite compares a code with one after the other.
 */
const BROWSERS = [
  ...["Chrome", "Safari", "Edge", "Firefox", "Samsung Internet", "Opera", "Chrome WebView", "Facebook", "Instagram"],
  ...["Google App", "Opera Mobile", "UC Browser", "Yandex Browser", "Amazon Silk", "Android Browser"],
] as const;
const SYSTEMS = ["Windows", "macOS", "Linux", "ChromeOS", "Android", "iOS", "HarmonyOS", "Tizen", "webOS"] as const;
const DEVICES = ["desktop", "mobile", "tablet", "tv", "console", "wearable"] as const;

/**
 * Where the path is: all of the URL behind its origin, so much of that as the bits above say, or nothing but a slash.
 * It begins at the first slash behind `https://`, or behind `http://` and one more character.
 */
const PATH_PLACES = { tail: 0, head: 1, slash: 2 } as const;
const ORIGIN_LENGTH = 8;
const PATH_START = `${ORIGIN_LENGTH} + instr(substr(url, ${ORIGIN_LENGTH + 1}), '/')`;

/** In characters. */
const PATH_LENGTH = { shift: 15, largest: 65_535 } as const;

/** `timeOfId` of `lib/ids.ts`. */
const TIME_OF_ID = `(id >> 12) + ${timeOfId(0)}`;

/** Of each virtual column what it is computed from. The migrations have the same texts; a test compares them. */
export const VIRTUAL = {
  received_at: `received_offset + CASE WHEN shorthand IS NULL THEN 0 ELSE ${TIME_OF_ID} END`,
  path: choose(PATH, "path_text", [
    `substr(url, ${PATH_START})`,
    `substr(url, ${PATH_START}, shorthand >> ${PATH_LENGTH.shift})`,
    "'/'",
  ]),
  device: choose(DEVICE, "device_text", DEVICES.map(quote)),
  browser: choose(BROWSER, "browser_text", BROWSERS.map(quote)),
  os: choose(OS, "os_text", SYSTEMS.map(quote)),
} as const;

function choose({ shift, spelledOut }: Code, text: string, values: readonly string[]): string {
  const cases = values.map((value, code) => `WHEN ${code} THEN ${value}`);
  return `CASE shorthand >> ${shift} & ${spelledOut} ${cases.join(" ")} ELSE ${text} END`;
}

function quote(name: string): string {
  return `'${name}'`;
}

/** A row's shorthand, and the texts that it spells out. */
export interface Shortened {
  readonly shorthand: number;
  readonly pathText: string | null;
  readonly deviceText: string | null;
  readonly browserText: string | null;
  readonly osText: string | null;
}

export function shorten({ url, path, device, browser, os }: NewEvent): Shortened {
  const browserCode = codeOf(browser, BROWSERS, BROWSER);
  const osCode = codeOf(os, SYSTEMS, OS);
  const deviceCode = codeOf(device, DEVICES, DEVICE);
  const place = findPath(url, path);
  return {
    shorthand:
      (browserCode << BROWSER.shift) | (osCode << OS.shift) | (deviceCode << DEVICE.shift) | (place << PATH.shift),
    pathText: place === PATH.spelledOut ? path : null,
    deviceText: deviceCode === DEVICE.spelledOut ? device : null,
    browserText: browserCode === BROWSER.spelledOut ? browser : null,
    osText: osCode === OS.spelledOut ? os : null,
  };
}

/** A scan: a hash of a name that has just been parsed takes longer than to see that most names differ in length. */
function codeOf(name: string | null, names: readonly (string | null)[], { spelledOut }: Code): number {
  const code = names.indexOf(name);
  return code < 0 ? spelledOut : code;
}

/** One of {@link PATH_PLACES} with the length that it needs, or that the path is to be spelled out. */
function findPath(url: string | null, path: string | null): number {
  if (url === null || path === null) return url === path ? PATH_PLACES.tail : PATH.spelledOut;
  const start = isWeb(url) ? url.indexOf("/", ORIGIN_LENGTH) : -1;
  if (start >= 0 && url.startsWith(path, start)) {
    if (start + path.length === url.length) return PATH_PLACES.tail;
    if (path.length <= PATH_LENGTH.largest && !HAS_PAIRS.test(path)) {
      return PATH_PLACES.head | (path.length << (PATH_LENGTH.shift - PATH.shift));
    }
  }
  return path === "/" ? PATH_PLACES.slash : PATH.spelledOut;
}

/**
 * SQLite counts characters, JavaScript units of UTF-16. Where the search for the slash begins they agree, because of
 * what every URL of the web begins with; in the path they do unless there are surrogate pairs.
 */
const isWeb = (url: string): boolean => url.startsWith("https://") || url.startsWith("http://");
const HAS_PAIRS = /[\ud800-\udfff]/;

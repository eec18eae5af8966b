import { invalid } from "../../../domain/errors.ts";
import { isCleanText } from "../../../domain/text.ts";

/** Query options by name: in lower case, without `$`. */
export type QueryOptions = ReadonlyMap<string, string>;

/** Options of OData that would change the answer; all that is unknown beside them is ignored. */
const OTHERS = ["apply", "compute", "deltatoken", "expand", "index", "levels", "schemaversion", "search", "skiptoken"];

/** Options that are read; each may stand once. */
const KNOWN = ["filter", "orderby", "select", "skip", "top", "count", "includetest"];

/** The plus before a time's zone, which is one also where a client did not encode it. */
const PLUS_OF_ZONE = /(T\d\d(?::|%3A)[\d:.%A]*)\+(?=\d\d(?::|%3A)?\d\d)/gi;

/**
 * The options of a request. Clients write them in any case, with or without `$`, and with blanks
 * around; a `+` is a blank.
 *
 * @throws `invalid_input` that names the option.
 */
export function readQueryOptions(url: string): QueryOptions {
  const options = new Map<string, string>();
  const start = url.indexOf("?");
  if (start === -1) return options;
  for (const pair of url.slice(start + 1).split("&")) {
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals), "query").trim();
    const plain = name.replace(/^\$/, "").toLowerCase();
    if (name.startsWith("$") && OTHERS.includes(plain)) throw invalid(name, `${name} is not supported`);
    if (!KNOWN.includes(plain)) continue;
    const shown = plain === "includetest" ? "includeTest" : `$${plain}`;
    if (options.has(plain)) throw invalid(shown, "Must not be given twice");
    options.set(plain, decode(equals === -1 ? "" : pair.slice(equals + 1), shown).trim());
  }
  return options;
}

function decode(text: string, option: string): string {
  try {
    const decoded = decodeURIComponent(text.replace(PLUS_OF_ZONE, "$1%2B").replaceAll("+", " "));
    if (isCleanText(decoded)) return decoded;
  } catch {
    throw invalid(option, "Is not encoded as a URL has to be: a percent sign is written %25");
  }
  throw invalid(option, "Must not contain NUL characters");
}

/** @throws `invalid_input` for anything but digits. */
export function readCount(options: QueryOptions, name: "skip" | "top", otherwise: number): number {
  const text = options.get(name);
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw invalid(`$${name}`, "Must be a whole number from 0 on");
  return Number(text);
}

/** @throws `invalid_input` for anything but `true` and `false`. */
export function readFlag(options: QueryOptions, name: "count" | "includetest", otherwise: boolean): boolean {
  const text = options.get(name)?.toLowerCase();
  if (text === undefined) return otherwise;
  if (text !== "true" && text !== "false") {
    throw invalid(name === "count" ? "$count" : "includeTest", "Must be true or false");
  }
  return text === "true";
}

import { AppError, invalid } from "./errors.ts";

/**
 * The text gate: every string from outside passes it before anything is stored or searched for.
 *
 * A lone surrogate (`"a\ud800b"` passes `JSON.parse`) becomes invalid UTF-8 inside SQLite, and
 * libSQL aborts the process at every later read of that row. A NUL cuts a text at reading. Both are
 * refused here, so that one request can never take the server down.
 */

/** How deep a JSON document may nest. SQLite refuses a whole statement at 1,000. */
export const MAX_JSON_DEPTH = 16;

/** How a surrogate or a NUL is written in JSON; a raw NUL is no JSON. */
const SUSPICIOUS_ESCAPE = /\\u(?:d[89a-f]|0000)/i;

/**
 * Number literals that would not be written again as they came: a minus zero, 16 digits or more, an
 * exponent, zeros at the end of a fraction or many at its beginning. Looked for only where a number
 * can stand, or every UUID (`3e4…`) and date (`2026-01…`) would be suspected.
 */
const SUSPICIOUS_NUMBER = /(?:^|[:[,])\s*(?:-0|-?\d[\d.]{15}|-?\d+(?:\.\d+)?[eE]|-?\d+\.\d*0(?!\d)|-?0\.0{6})/;

export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** Throws `invalid_input` that names `field` unless `text` can be stored and read back unchanged. */
export function assertCleanText(field: string, text: string): void {
  if (!isCleanText(text)) throw invalid(field, "Must not contain NUL characters or unpaired surrogates");
}

/** For texts that must not fail an event (headers): what cannot be stored becomes U+FFFD. */
export function cleanText(text: string): string {
  return isCleanText(text) ? text : text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** The first `max` UTF-16 units of `text`, never half of a surrogate pair. */
export function truncateText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? max - 1 : max);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text. Throws `invalid_json` where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new AppError("invalid_json", "The request body is not valid UTF-8");
  }
}

/**
 * JSON text as a value that can be stored: every string and key is clean, and a number that would
 * not be written again as it came (`9007199254740993`, `1e400`, `1.10`) stays so, as a `JSON.rawJSON`
 * object that `JSON.stringify` writes back verbatim.
 *
 * Depth is for {@link isShallow}, where a value is kept as it came.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = SUSPICIOUS_NUMBER.test(text) ? parseExactly(text) : JSON.parse(text);
    if (!isPlain(text)) assertCleanJson(value);
    return value;
  } catch (error) {
    if (error instanceof AppError) throw error;
    // A RangeError is a document so deep that it exhausts the stack; to the sender both are bad JSON.
    throw new AppError("invalid_json", "The request body is not valid JSON");
  }
}

/** Whether nothing in JSON text can stand for an unclean character: true of nearly every document. */
const isPlain = (text: string): boolean =>
  text.isWellFormed() && !(text.includes("\\u") && SUSPICIOUS_ESCAPE.test(text));

const STRING_LITERAL = /"(?:[^"\\]|\\.)*"/g;

/**
 * Whether JSON text has clean strings and keys only; false also where it is no JSON.
 *
 * The text itself is looked at: parsed, only the last of a name that is repeated would be left, and
 * SQLite reads the first.
 */
export function isCleanJson(text: string): boolean {
  if (isPlain(text)) return true;
  try {
    JSON.parse(text);
    return [...text.matchAll(STRING_LITERAL)].every(([literal]) => isCleanText(JSON.parse(literal)));
  } catch {
    return false;
  }
}

interface ReviverContext {
  readonly source?: string;
}

/** The parts of the ECMAScript "JSON.parse source text access" proposal that TypeScript's library lacks. */
interface ExactJson {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
  parse(text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown): unknown;
}
const exactJson = JSON as unknown as ExactJson;

function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
  );
}

export function isRawNumber(value: unknown): boolean {
  return exactJson.isRawJSON(value);
}

function assertCleanJson(value: unknown): void {
  const pending: unknown[] = [value];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (typeof item === "string") {
      if (!isCleanText(item)) {
        throw new AppError("invalid_json", "Strings must not contain NUL characters or unpaired surrogates");
      }
    } else if (typeof item === "object" && item !== null && !isRawNumber(item)) {
      for (const [key, child] of Object.entries(item)) pending.push(key, child ?? null);
    }
  }
}

/** Whether `value` nests at most `max` levels; stops looking at level `max + 1`. */
export function isShallow(value: unknown, max = MAX_JSON_DEPTH): boolean {
  if (typeof value !== "object" || value === null || isRawNumber(value)) return true;
  if (max === 0) return false;
  for (const key in value) {
    if (!isShallow((value as Record<string, unknown>)[key], max - 1)) return false;
  }
  return true;
}

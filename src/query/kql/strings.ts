import { isCleanText } from "../../domain/text.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";

/** A string literal: what it says, and where what follows begins. */
export interface StringLiteral {
  readonly value: string;
  readonly end: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  "\\": "\\",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** `\u0041`, `\x41`, `\101` and the letters above. */
const ESCAPE = /\\(?:(['"\\abfnrtv])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{1,3}))/y;
const PLAIN = { "'": /[^'\\\r\n]*/y, '"': /[^"\\\r\n]*/y } as const;

const FENCES = ["```", "~~~"] as const;

/**
 * The string literal that begins at `position`: `'…'`, `"…"`, verbatim `@'…'`, over several lines
 * between fences, each perhaps with an `h` before it, which only hides it from logs.
 *
 * @returns null where there is none.
 */
export function readString(query: string, position: number): StringLiteral | null {
  const isHidden = /[hH]/.test(query.charAt(position));
  const start = isHidden ? position + 1 : position;
  const found = readFenced(query, start) ?? readVerbatim(query, start) ?? readQuoted(query, start);
  if (found && found.value.length > LIMITS.text) {
    throw new QueryError(`The string is longer than ${LIMITS.text} characters`, position);
  }
  if (found && !isCleanText(found.value)) {
    throw new QueryError("The string holds a NUL character or an unpaired surrogate", position);
  }
  return found;
}

function readFenced(query: string, start: number): StringLiteral | null {
  const fence = FENCES.find((one) => query.startsWith(one, start));
  if (fence === undefined) return null;
  const end = query.indexOf(fence, start + fence.length);
  if (end === -1) throw unterminated(start);
  return { value: query.slice(start + fence.length, end), end: end + fence.length };
}

function readVerbatim(query: string, start: number): StringLiteral | null {
  const quote = query.charAt(start + 1);
  if (query.charAt(start) !== "@" || (quote !== "'" && quote !== '"')) return null;
  const parts: string[] = [];
  for (let at = start + 2; ; ) {
    const end = query.indexOf(quote, at);
    if (end === -1) throw unterminated(start);
    parts.push(query.slice(at, end));
    if (/[\r\n]/.test(parts.at(-1) ?? "")) throw unterminated(start);
    // A quote is written twice.
    if (query.charAt(end + 1) !== quote) return { value: parts.join(quote), end: end + 1 };
    at = end + 2;
  }
}

function readQuoted(query: string, start: number): StringLiteral | null {
  const quote = query.charAt(start);
  if (quote !== "'" && quote !== '"') return null;
  const plain = PLAIN[quote];
  const parts: string[] = [];
  for (let at = start + 1; ; ) {
    plain.lastIndex = at;
    parts.push(plain.exec(query)?.[0] ?? "");
    at = plain.lastIndex;
    const next = query.charAt(at);
    if (next === quote) return { value: parts.join(""), end: at + 1 };
    if (next !== "\\") throw unterminated(start);
    ESCAPE.lastIndex = at;
    const written = ESCAPE.exec(query);
    if (!written) throw new QueryError("The string has an escape that is none", at);
    parts.push(readEscape(written, at));
    at = ESCAPE.lastIndex;
  }
}

function readEscape([, letter, short, long, hex, octal]: RegExpExecArray, position: number): string {
  if (letter !== undefined) return ESCAPES[letter] ?? letter;
  const code = octal === undefined ? Number.parseInt(short ?? long ?? hex ?? "", 16) : Number.parseInt(octal, 8);
  if (code > 0x10ffff) throw new QueryError("The string has an escape that is no character", position);
  return short === undefined ? String.fromCodePoint(code) : String.fromCharCode(code);
}

const unterminated = (position: number) => new QueryError("The string does not end", position);

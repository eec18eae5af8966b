import { type CharClass, charClass, DIGITS, ignoringCase, invert, SPACE, WORD } from "./char-class.ts";
import type { RegexReader } from "./regex-reader.ts";

const CONTROLS: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f", v: "\v", a: "\x07" };

/** Classes by the letter after the backslash; the upper-case letter is all others. */
const CLASSES: Readonly<Record<string, CharClass>> = { d: DIGITS, w: WORD, s: SPACE };

/** Behind a backslash: `d`, `W` and so on; null where something else is. */
export function readClass({ peek, next }: RegexReader): CharClass | null {
  const letter = peek() ?? "";
  const known = CLASSES[letter.toLowerCase()];
  if (!known) return null;
  next("ends in a backslash");
  return letter === letter.toLowerCase() ? known : invert(known);
}

/** Behind a backslash: the character that is meant. */
export function readEscaped(reader: RegexReader): string {
  const letter = reader.next("ends in a backslash");
  const control = CONTROLS[letter];
  if (control !== undefined) return control;
  if (letter === "x") return readCode(reader);
  if (/[\p{L}\p{N}]/u.test(letter)) reader.fail(`has \\${letter}, which is not supported`);
  return letter;
}

/** `x41`, `x{1f600}` */
function readCode({ match, fail }: RegexReader): string {
  const [whole, short, long] = match(/^(?:([0-9a-f]{2})|\{([0-9a-f]{1,6})\})/i) ?? [];
  const code = Number.parseInt(short ?? long ?? "", 16);
  if (whole === undefined || !(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) {
    fail("has an escape that is no character");
  }
  return String.fromCodePoint(code);
}

/** Behind a `[`: `a-z0-9]`, `^"]` */
export function readBracket(reader: RegexReader, ignoreCase: boolean): CharClass {
  const { peek, eat, fail } = reader;
  const isInverted = eat("^");
  const ranges: (readonly [number, number])[] = [];
  let isFirst = true;
  while (isFirst || peek() !== "]") {
    if (eat("[:")) fail("has a named class, which is not supported");
    isFirst = false;
    ranges.push(...readRange(reader));
  }
  eat("]");
  const found = ignoreCase ? ignoringCase(charClass(...ranges)) : charClass(...ranges);
  return isInverted ? invert(found) : found;
}

/** One character between brackets, a range of them, or a class. */
function readRange(reader: RegexReader): CharClass {
  const { peek, eat, fail } = reader;
  const start = readItem(reader);
  if (typeof start !== "string") return start;
  const first = start.codePointAt(0) ?? 0;
  if (peek() !== "-" || peek(1) === "]") return [[first, first]];
  eat("-");
  const end = readItem(reader);
  const last = typeof end === "string" ? (end.codePointAt(0) ?? 0) : -1;
  if (last < first) fail("has a range that ends before it begins");
  return [[first, last]];
}

function readItem(reader: RegexReader): string | CharClass {
  const first = reader.next("has a [ that does not end");
  return first === "\\" ? (readClass(reader) ?? readEscaped(reader)) : first;
}

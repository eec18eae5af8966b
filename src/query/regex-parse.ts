import {
  ANYTHING,
  type CharClass,
  charClass,
  DIGITS,
  ignoringCase,
  invert,
  NOT_NEWLINE,
  oneOf,
  SPACE,
  WORD,
} from "./char-class.ts";
import { QueryError } from "./query-error.ts";

/** A regular expression as it is written. */
export type RegexNode =
  | { readonly kind: "character"; readonly class: CharClass }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly RegexNode[] }
  /** `greedy`: rather once more than once less. `max` null: any number. */
  | {
      readonly kind: "repeat";
      readonly part: RegexNode;
      readonly min: number;
      readonly max: number | null;
      readonly greedy: boolean;
    }
  | { readonly kind: "group"; readonly number: number; readonly part: RegexNode }
  | { readonly kind: "anchor"; readonly at: "start" | "end" };

const CONTROLS: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f", v: "\v", a: "\x07" };

/** Classes by the letter after the backslash; the upper-case letter is all others. */
const CLASSES: Readonly<Record<string, CharClass>> = { d: DIGITS, w: WORD, s: SPACE };

const MAX_REPEATS = 1_000;
const MAX_GROUPS_DEEP = 40;

/**
 * RE2's syntax without Unicode classes and word boundaries.
 *
 * @param position of the expression in the query, for errors.
 * @throws QueryError for what is no regular expression, or one that is not supported.
 */
export function parseRegex(pattern: string, position: number): { readonly node: RegexNode; readonly groups: number } {
  const characters = [...pattern];
  let at = 0;
  let groups = 0;
  let depth = 0;
  let ignoreCase = false;
  let dotAll = false;

  const fail = (what: string): never => {
    throw new QueryError(`The regular expression ${what}, at its character ${at + 1}`, position);
  };
  const peek = (): string | undefined => characters[at];
  const eat = (text: string): boolean => {
    const isHere = [...text].every((character, offset) => characters[at + offset] === character);
    if (isHere) at += text.length;
    return isHere;
  };
  const character = (of: CharClass): RegexNode => ({ kind: "character", class: ignoreCase ? ignoringCase(of) : of });

  function choice(): RegexNode {
    const parts = [sequence()];
    while (eat("|")) parts.push(sequence());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "choice", parts };
  }

  function sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (peek() !== undefined && peek() !== "|" && peek() !== ")") parts.push(repeated());
    return { kind: "sequence", parts };
  }

  function repeated(): RegexNode {
    const part = atom();
    const bounds = quantifier();
    if (!bounds) return part;
    const greedy = !eat("?");
    if (quantifier()) fail("repeats a repetition");
    return { kind: "repeat", part, ...bounds, greedy };
  }

  function quantifier(): { min: number; max: number | null } | null {
    if (eat("*")) return { min: 0, max: null };
    if (eat("+")) return { min: 1, max: null };
    if (eat("?")) return { min: 0, max: 1 };
    const [whole, min, comma, max = ""] =
      /^\{(\d{1,4})(,)?(\d{1,4})?\}/.exec(characters.slice(at, at + 12).join("")) ?? [];
    if (whole === undefined) return null;
    at += whole.length;
    const bounds = { min: Number(min), max: comma === undefined ? Number(min) : max === "" ? null : Number(max) };
    if (Math.max(bounds.min, bounds.max ?? 0) > MAX_REPEATS) fail(`repeats more than ${MAX_REPEATS} times`);
    if (bounds.max !== null && bounds.max < bounds.min) fail("repeats at most less often than at least");
    return bounds;
  }

  function atom(): RegexNode {
    const next = characters[at] ?? fail("ends too soon");
    at += 1;
    switch (next) {
      case "(":
        return group();
      case "[":
        return character(bracket());
      case ".":
        return { kind: "character", class: dotAll ? ANYTHING : NOT_NEWLINE };
      case "^":
        return { kind: "anchor", at: "start" };
      case "$":
        return { kind: "anchor", at: "end" };
      case "\\":
        return escaped();
      case "*":
      case "+":
      case "?":
        return fail("repeats nothing");
      default:
        return character(oneOf(next));
    }
  }

  function group(): RegexNode {
    depth += 1;
    if (depth > MAX_GROUPS_DEEP) fail(`has groups deeper than ${MAX_GROUPS_DEEP} levels`);
    const [before, beforeDot] = [ignoreCase, dotAll];
    const isCapturing =
      !eat("?") || eat("P<") || (characters[at + 1] !== "=" && characters[at + 1] !== "!" && eat("<"));
    if (isCapturing) return finishGroup(before, beforeDot, ++groups);
    while (peek() === "i" || peek() === "s") {
      if (eat("i")) ignoreCase = true;
      else if (eat("s")) dotAll = true;
    }
    if (eat(")")) {
      // Flags alone hold until the end of the group around them.
      depth -= 1;
      return { kind: "sequence", parts: [] };
    }
    if (!eat(":")) fail("has a group that is not supported");
    return finishGroup(before, beforeDot, null);
  }

  function finishGroup(outerIgnoreCase: boolean, outerDotAll: boolean, number: number | null): RegexNode {
    if (number !== null && characters[at - 1] === "<") {
      while (peek() !== undefined && peek() !== ">") at += 1;
      if (!eat(">")) fail("has a group whose name does not end");
    }
    const part = choice();
    if (!eat(")")) fail("has a group that does not end");
    depth -= 1;
    ignoreCase = outerIgnoreCase;
    dotAll = outerDotAll;
    return number === null ? part : { kind: "group", number, part };
  }

  function escaped(): RegexNode {
    const letter = peek() ?? fail("ends in a backslash");
    const known = classOf(letter);
    if (known) {
      at += 1;
      return { kind: "character", class: known };
    }
    if (letter === "A" || letter === "z") {
      at += 1;
      return { kind: "anchor", at: letter === "A" ? "start" : "end" };
    }
    return character(oneOf(escapedCharacter()));
  }

  function escapedCharacter(): string {
    const letter = peek() ?? fail("ends in a backslash");
    at += 1;
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    if (letter === "x") {
      const [whole, short, long] =
        /^(?:([0-9a-f]{2})|\{([0-9a-f]{1,6})\})/i.exec(characters.slice(at, at + 8).join("")) ?? [];
      const code = Number.parseInt(short ?? long ?? "", 16);
      if (whole === undefined || !(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff))
        fail("has an escape that is no character");
      at += whole?.length ?? 0;
      return String.fromCodePoint(code);
    }
    if (/[\p{L}\p{N}]/u.test(letter)) fail(`has \\${letter}, which is not supported`);
    return letter;
  }

  function classOf(letter: string): CharClass | null {
    const known = CLASSES[letter.toLowerCase()];
    if (!known) return null;
    return letter === letter.toLowerCase() ? known : invert(known);
  }

  function bracket(): CharClass {
    const isInverted = eat("^");
    const ranges: (readonly [number, number])[] = [];
    let isFirst = true;
    while (isFirst || peek() !== "]") {
      if (eat("[:")) fail("has a named class, which is not supported");
      isFirst = false;
      const item = bracketItem();
      if (typeof item !== "string") {
        ranges.push(...item);
        continue;
      }
      const first = item.codePointAt(0) ?? 0;
      if (peek() !== "-" || characters[at + 1] === "]") {
        ranges.push([first, first]);
        continue;
      }
      at += 1;
      const end = bracketItem();
      const last = typeof end === "string" ? (end.codePointAt(0) ?? 0) : -1;
      if (last < first) fail("has a range that ends before it begins");
      ranges.push([first, last]);
    }
    at += 1;
    const found = ignoreCase ? ignoringCase(charClass(...ranges)) : charClass(...ranges);
    return isInverted ? invert(found) : found;
  }

  function bracketItem(): string | CharClass {
    const next = characters[at] ?? fail("has a [ that does not end");
    at += 1;
    if (next !== "\\") return next;
    const known = classOf(peek() ?? "");
    if (!known) return escapedCharacter();
    at += 1;
    return known;
  }

  const node = choice();
  if (peek() !== undefined) fail("has a ) that nothing began");
  return { node, groups };
}

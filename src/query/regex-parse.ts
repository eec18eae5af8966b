import { ANYTHING, type CharClass, ignoringCase, NOT_NEWLINE, oneOf } from "./char-class.ts";
import { readBracket, readClass, readEscaped } from "./regex-class.ts";
import { createReader } from "./regex-reader.ts";

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

const MAX_REPEATS = 1_000;
const MAX_GROUPS_DEEP = 40;

/**
 * RE2's syntax without Unicode classes and word boundaries.
 *
 * @param position of the expression in the query, for errors.
 * @throws QueryError for what is no regular expression, or one that is not supported.
 */
export function parseRegex(pattern: string, position: number): { readonly node: RegexNode; readonly groups: number } {
  const reader = createReader(pattern, position);
  const { peek, next, eat, fail } = reader;
  let groups = 0;
  let depth = 0;
  let ignoreCase = false;
  let dotAll = false;

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
    const [whole, min, comma, max = ""] = reader.match(/^\{(\d{1,4})(,)?(\d{1,4})?\}/) ?? [];
    if (whole === undefined) return null;
    const bounds = { min: Number(min), max: comma === undefined ? Number(min) : max === "" ? null : Number(max) };
    if (Math.max(bounds.min, bounds.max ?? 0) > MAX_REPEATS) fail(`repeats more than ${MAX_REPEATS} times`);
    if (bounds.max !== null && bounds.max < bounds.min) fail("repeats at most less often than at least");
    return bounds;
  }

  function atom(): RegexNode {
    const first = next("ends too soon");
    switch (first) {
      case "(":
        return group();
      case "[":
        return character(readBracket(reader, ignoreCase));
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
        return character(oneOf(first));
    }
  }

  function group(): RegexNode {
    depth += 1;
    if (depth > MAX_GROUPS_DEEP) fail(`has groups deeper than ${MAX_GROUPS_DEEP} levels`);
    const [before, beforeDot] = [ignoreCase, dotAll];
    const isCapturing = !eat("?") || eat("P<") || (peek(1) !== "=" && peek(1) !== "!" && eat("<"));
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
    if (number !== null && peek(-1) === "<") {
      while (!eat(">")) next("has a group whose name does not end");
    }
    const part = choice();
    if (!eat(")")) fail("has a group that does not end");
    depth -= 1;
    ignoreCase = outerIgnoreCase;
    dotAll = outerDotAll;
    return number === null ? part : { kind: "group", number, part };
  }

  function escaped(): RegexNode {
    const known = readClass(reader);
    if (known) return { kind: "character", class: known };
    if (eat("A")) return { kind: "anchor", at: "start" };
    if (eat("z")) return { kind: "anchor", at: "end" };
    return character(oneOf(readEscaped(reader)));
  }

  const node = choice();
  if (peek() !== undefined) fail("has a ) that nothing began");
  return { node, groups };
}

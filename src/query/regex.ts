import { ANYTHING, type CharClass } from "./char-class.ts";
import { QueryError } from "./query-error.ts";
import { parseRegex, type RegexNode } from "./regex-parse.ts";

/**
 * One way on: from a state, by one character of the class, to another state; or, without a class, to
 * the end of the match. Where a text can go several ways, the one that stands first is tried first.
 */
export interface Transition {
  readonly from: number;
  readonly to: number;
  /** Null: to {@link RegexProgram.accept}, and no character is taken. */
  readonly class: CharClass | null;
  /** Only at the beginning, only at the end of the text. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
  /** Whether the wanted group begins, whether it ends here, before the character. */
  readonly begins: boolean;
  readonly ends: boolean;
}

/** A regular expression as an automaton that takes one character with each step; it begins in state 0. */
export interface RegexProgram {
  readonly transitions: readonly Transition[];
  readonly accept: number;
}

const MAX_STATES = 400;
const MAX_TRANSITIONS = 4_000;

/** A state of the automaton while it still has steps that take no character. */
type Node =
  | { readonly kind: "character"; readonly class: CharClass; readonly next: number }
  | { readonly kind: "split"; readonly next: number[] }
  | { readonly kind: "mark"; readonly mark: "begins" | "ends" | "atStart" | "atEnd"; readonly next: number }
  | { readonly kind: "accept" };

/**
 * @param group whose match is wanted; 0 is the whole match.
 * @throws QueryError for what is no regular expression, has no such group, or is too large.
 */
export function compileRegex(pattern: string, group: number, position: number): RegexProgram {
  const { node, groups } = parseRegex(pattern, position);
  if (group > groups) {
    throw new QueryError(`The regular expression has ${groups} groups; there is no group ${group}`, position);
  }
  const nodes = createNodes(position);
  const accept = nodes.add({ kind: "accept" });
  const body = nodes.link(group === 0 ? { kind: "group", number: 0, part: node } : node, group, accept);
  // The match may begin at any character: rather here than further on.
  const begin = nodes.add({ kind: "split", next: [body] });
  const skip = nodes.add({ kind: "character", class: ANYTHING, next: begin });
  nodes.splits(begin).push(skip);
  return removeEmptySteps(nodes.all, begin, position);
}

function createNodes(position: number) {
  const all: Node[] = [];
  const add = (node: Node): number => {
    if (all.length >= MAX_STATES) throw new QueryError("The regular expression is too large", position);
    return all.push(node) - 1;
  };
  const splits = (at: number): number[] => {
    const node = all[at];
    return node?.kind === "split" ? node.next : [];
  };

  /** The node that `part` begins with, when it is followed by `next`. */
  function link(part: RegexNode, group: number, next: number): number {
    switch (part.kind) {
      case "character":
        return add({ kind: "character", class: part.class, next });
      case "anchor":
        return add({ kind: "mark", mark: part.at === "start" ? "atStart" : "atEnd", next });
      case "sequence":
        return part.parts.reduceRight((after, one) => link(one, group, after), next);
      case "choice":
        return add({ kind: "split", next: part.parts.map((one) => link(one, group, next)) });
      case "group": {
        if (part.number !== group) return link(part.part, group, next);
        const end = add({ kind: "mark", mark: "ends", next });
        return add({ kind: "mark", mark: "begins", next: link(part.part, group, end) });
      }
      case "repeat":
        return linkRepeat(part, group, next);
    }
  }

  function linkRepeat(repeat: Extract<RegexNode, { kind: "repeat" }>, group: number, next: number): number {
    const { part, min, max, greedy } = repeat;
    const inOrder = (once: number, over: number) => (greedy ? [once, over] : [over, once]);
    let rest = next;
    if (max === null) {
      rest = add({ kind: "split", next: [] });
      splits(rest).push(...inOrder(link(part, group, rest), next));
    } else {
      for (let count = min; count < max; count++) {
        rest = add({ kind: "split", next: inOrder(link(part, group, rest), next) });
      }
    }
    for (let count = 0; count < min; count++) rest = link(part, group, rest);
    return rest;
  }

  return { all, add, link, splits };
}

type Marks = Pick<Transition, "atStart" | "atEnd" | "begins" | "ends">;
const NO_MARKS: Marks = { atStart: false, atEnd: false, begins: false, ends: false };

/** What can be reached without a character is reached at once, in the order in which it would be tried. */
function removeEmptySteps(nodes: readonly Node[], begin: number, position: number): RegexProgram {
  const numbers = new Map<number, number>([[begin, 0]]);
  const pending = [begin];
  const transitions: Transition[] = [];
  const accept = -1;
  const numberOf = (node: number): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    numbers.set(node, numbers.size);
    pending.push(node);
    return numbers.size - 1;
  };

  for (let state = pending.shift(); state !== undefined; state = pending.shift()) {
    const from = numberOf(state);
    const seen = new Set<string>();
    const stack: (readonly [number, Marks])[] = [[state, NO_MARKS]];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [at, marks] = top;
      const key = `${at} ${marks.atStart} ${marks.atEnd}`;
      const node = nodes[at];
      if (seen.has(key) || !node) continue;
      seen.add(key);
      if (node.kind === "split") stack.push(...node.next.toReversed().map((next) => [next, marks] as const));
      else if (node.kind === "mark") stack.push([node.next, { ...marks, [node.mark]: true }]);
      else if (node.kind === "accept") transitions.push({ from, to: accept, class: null, ...marks });
      else transitions.push({ from, to: numberOf(node.next), class: node.class, ...marks });
    }
    if (transitions.length > MAX_TRANSITIONS) throw new QueryError("The regular expression is too large", position);
  }
  return { transitions, accept };
}

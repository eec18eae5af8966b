/** Characters as ranges of code points, both ends inclusive, sorted, without overlap. */
export type CharClass = readonly (readonly [first: number, last: number])[];

const MAX_CODE_POINT = 0x10ffff;

/** Ranges in any order → a class. */
export function charClass(...ranges: readonly (readonly [number, number])[]): CharClass {
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = merged.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

export const oneOf = (characters: string): CharClass =>
  charClass(...[...characters].map((character): [number, number] => [codeOf(character), codeOf(character)]));

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

/** Every other character. There is no NUL. */
export function invert(ranges: CharClass): CharClass {
  const inverted: [number, number][] = [];
  let next = 1;
  for (const [first, last] of ranges) {
    if (first > next) inverted.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= MAX_CODE_POINT) inverted.push([next, MAX_CODE_POINT]);
  return inverted;
}

/** Ranges longer than this hold both cases of nearly everything already. */
const MAX_FOLDED_RANGE = 1_000;

/** The class with the other case of each of its letters. */
export function ignoringCase(ranges: CharClass): CharClass {
  const others = ranges.flatMap(([first, last]) => {
    if (last - first > MAX_FOLDED_RANGE) return [];
    const codes = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    return codes.flatMap((code) => casesOf(String.fromCodePoint(code)));
  });
  return charClass(...ranges, ...others.map((other): [number, number] => [codeOf(other), codeOf(other)]));
}

/** A letter in lower and in upper case, where each of them is one letter. */
export function casesOf(letter: string): readonly string[] {
  return [...new Set([letter, letter.toLowerCase(), letter.toUpperCase()])].filter((one) => [...one].length === 1);
}

export const DIGITS = charClass([0x30, 0x39]);
export const WORD = charClass([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
export const SPACE = oneOf("\t\n\f\r ");
export const NOT_NEWLINE = invert(oneOf("\n"));
export const ANYTHING = invert([]);

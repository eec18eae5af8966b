/**
 * Parts of JSON text as they were written. `JSON.parse` forgets how: names that look like array
 * indexes come first, repeated names once. What a client may get back to the letter is cut out
 * of the text instead.
 *
 * The text must be valid JSON: nothing is checked here.
 */

const BRACKETS_AND_QUOTES = /["{}[\]]/g;
const BLANKS = /\s*/y;
const SCALAR = /[^\s,\]}]+/y;

/** The members of an object in their order: name, and the value's text. */
export function* rawMembers(text: string): Generator<readonly [name: string, value: string]> {
  let at = skipBlanks(text, skipBlanks(text, 0) + 1);
  while (text.charAt(at) !== "}") {
    const nameEnd = endOfString(text, at);
    const start = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    yield [JSON.parse(text.slice(at, nameEnd)), text.slice(start, end)];
    at = nextPart(text, end);
  }
}

/** The items of an array in their order, each as its text. */
export function* rawItems(text: string): Generator<string> {
  let at = skipBlanks(text, skipBlanks(text, 0) + 1);
  while (text.charAt(at) !== "]") {
    const end = endOfValue(text, at);
    yield text.slice(at, end);
    at = nextPart(text, end);
  }
}

/** Where the next member or item begins, or the bracket that ends them stands. */
function nextPart(text: string, end: number): number {
  const at = skipBlanks(text, end);
  return text.charAt(at) === "," ? skipBlanks(text, at + 1) : at;
}

function skipBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function endOfValue(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return endOfString(text, start);
  if (first === "{" || first === "[") return endOfBrackets(text, start);
  SCALAR.lastIndex = start;
  SCALAR.exec(text);
  return SCALAR.lastIndex;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charAt(at - 1 - slashes) === "\\") slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
}

function endOfBrackets(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    BRACKETS_AND_QUOTES.lastIndex = at;
    const found = BRACKETS_AND_QUOTES.exec(text)?.[0];
    at = BRACKETS_AND_QUOTES.lastIndex;
    if (found === '"') at = endOfString(text, at - 1);
    else depth += found === "{" || found === "[" ? 1 : -1;
  } while (depth > 0);
  return at;
}

/** How deep the text nests: 0 for a scalar, 1 for `[]`. Unlike a parsed value's, with what a repeated name hides. */
export function rawDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; ; ) {
    BRACKETS_AND_QUOTES.lastIndex = at;
    const found = BRACKETS_AND_QUOTES.exec(text)?.[0];
    if (found === undefined) return deepest;
    at = BRACKETS_AND_QUOTES.lastIndex;
    if (found === '"') at = endOfString(text, at - 1);
    else depth += found === "{" || found === "[" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
}

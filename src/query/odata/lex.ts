import { isCleanText } from "../../domain/text.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";

/**
 * A piece of an expression's text. Operators of OData are words between blanks, and values may stand
 * without quotes, so a word is all that holds no blank, parenthesis, comma or quote.
 */
export interface Token {
  readonly kind: "word" | "string" | "symbol" | "end";
  /** As it is written; of a string, what it says. */
  readonly text: string;
  readonly position: number;
  /** Where what follows begins. */
  readonly end: number;
}

const BLANKS = /\s*/y;
const WORD = /[^\s(),']+/y;
const STRING = /'(?:[^']|'')*'/y;

/** @throws QueryError for a string that does not end, or cannot be looked for. */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const matchAt = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += matchAt(BLANKS)?.length ?? 0;
    const next = text.charAt(at);
    if (next === "") break;
    if (next === "'") {
      const quoted = matchAt(STRING);
      if (quoted === undefined) throw new QueryError("The string does not end; a quote in it is written twice", at);
      tokens.push(stringToken(quoted, at));
      at += quoted.length;
      continue;
    }
    const word = matchAt(WORD);
    const piece = word ?? next;
    tokens.push({ kind: word === undefined ? "symbol" : "word", text: piece, position: at, end: at + piece.length });
    at += piece.length;
  }
  tokens.push({ kind: "end", text: "the end", position: text.length, end: text.length });
  return tokens;
}

function stringToken(quoted: string, position: number): Token {
  const text = quoted.slice(1, -1).replaceAll("''", "'");
  if (text.length > LIMITS.text) throw new QueryError(`The string is longer than ${LIMITS.text} characters`, position);
  if (!isCleanText(text)) throw new QueryError("The string holds a NUL character or an unpaired surrogate", position);
  return { kind: "string", text, position, end: position + quoted.length };
}

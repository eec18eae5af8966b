import { QueryError } from "./query-error.ts";

/** Goes through a regular expression, character by character. */
export interface RegexReader {
  peek(ahead?: number): string | undefined;
  /** The next character. @throws QueryError that says `otherwise`, where there is none. */
  next(otherwise: string): string;
  /** Goes on behind `text`, where it stands here. */
  eat(text: string): boolean;
  /** Goes on behind what the pattern matches from here on, within some characters. */
  match(pattern: RegExp): RegExpExecArray | null;
  fail(what: string): never;
}

/** How many characters {@link RegexReader.match} looks at. */
const MATCHED = 12;

/** @param position of the expression in the query, for errors. */
export function createReader(pattern: string, position: number): RegexReader {
  const characters = [...pattern];
  let at = 0;
  const fail = (what: string): never => {
    throw new QueryError(`The regular expression ${what}, at its character ${at + 1}`, position);
  };
  return {
    fail,
    peek: (ahead = 0) => characters[at + ahead],
    next(otherwise) {
      const character = characters[at] ?? fail(otherwise);
      at += 1;
      return character;
    },
    eat(text) {
      const isHere = [...text].every((character, offset) => characters[at + offset] === character);
      if (isHere) at += text.length;
      return isHere;
    },
    match(of) {
      const found = of.exec(characters.slice(at, at + MATCHED).join(""));
      at += found?.[0].length ?? 0;
      return found;
    },
  };
}

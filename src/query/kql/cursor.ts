import { type Budget, createBudget } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import type { Token } from "./token.ts";

/** Where a parser is in its tokens. */
export interface Cursor {
  readonly budget: Budget;
  /** The next token, or the one `ahead` of it. */
  peek(ahead?: number): Token;
  next(): Token;
  /** Whether a word or symbol comes next. */
  isAt(text: string): boolean;
  /** Steps over a word or symbol where it comes next. */
  eat(text: string): boolean;
  /** @throws QueryError where something else comes next. */
  expect(text: string): Token;
  /** One or more, with commas between them. */
  list<T>(item: () => T): T[];
  /** A name, perhaps as `['a name']`. @throws QueryError where none comes next. */
  name(what: string): { readonly name: string; readonly position: number };
  fail(expected: string): never;
}

/** Words that cannot be a name without brackets. */
const RESERVED = new Set(["and", "or", "by", "in", "in~", "between", "contains", "has", "startswith", "endswith"]);

export const isName = (token: Token): boolean =>
  token.kind === "name" && !token.text.startsWith("!") && !RESERVED.has(token.text);

export function createCursor(tokens: readonly Token[]): Cursor {
  let at = 0;
  const last = tokens.length - 1;
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, last)] as Token;
  const isAt = (text: string): boolean => {
    const token = peek();
    return (token.kind === "name" || token.kind === "symbol") && token.text === text;
  };
  const next = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const eat = (text: string): boolean => {
    const isHere = isAt(text);
    if (isHere) at += 1;
    return isHere;
  };
  const fail = (expected: string): never => {
    const token = peek();
    const found = token.kind === "end" ? token.text : JSON.stringify(token.text.slice(0, 40));
    throw new QueryError(`Expected ${expected}, found ${found}`, token.position);
  };
  return {
    budget: createBudget(),
    peek,
    next,
    isAt,
    eat,
    fail,
    expect: (text) => (isAt(text) ? next() : fail(`"${text}"`)),
    list(item) {
      const items = [item()];
      while (eat(",")) items.push(item());
      return items;
    },
    name(what) {
      const token = peek();
      if (isName(token)) return { name: next().text, position: token.position };
      const [, string, close] = [token, peek(1), peek(2)];
      if (!isAt("[") || string.kind !== "string" || close.text !== "]") return fail(what);
      at += 3;
      return { name: String(string.literal?.value), position: token.position };
    },
  };
}

import { bool, text } from "../build.ts";
import { QueryError } from "../query-error.ts";
import { isLiteralType, readNumber, typedLiteral } from "./literals.ts";
import { readString } from "./strings.ts";
import type { Token } from "./token.ts";

const IGNORED = /(?:\s|\/\/[^\r\n]*)*/y;
const NAME = /[A-Za-z_]\w*/y;
/** What may follow a `!` and makes one word with it, or a word with a `~` of its own. */
const WORD_OPERATOR =
  /!(?:in~?|(?:contains|has|hasprefix|hassuffix|startswith|endswith)(?:_cs)?|between)(?![\w~])|in~/y;
const SYMBOL = /\.\.|[=!]=|=~|!~|<>|<=|>=|[-+*/%<>=|()[\]{},.;:]/y;

/** A query's text as tokens, in one pass from left to right. @throws QueryError for what is none. */
export function lex(query: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const matchAt = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  const push = (kind: Token["kind"], end: number, literal: Token["literal"] = null): void => {
    tokens.push({ kind, text: query.slice(at, end), literal, position: at, end });
    at = end;
  };

  for (;;) {
    at += matchAt(IGNORED)?.length ?? 0;
    if (at >= query.length) break;
    const string = readString(query, at);
    if (string) {
      push("string", string.end, text(string.value));
      continue;
    }
    const operator = matchAt(WORD_OPERATOR);
    if (operator !== undefined) {
      push("name", at + operator.length);
      continue;
    }
    const name = matchAt(NAME);
    if (name !== undefined) {
      const isMember = tokens.at(-1)?.text === ".";
      const body = isMember ? null : bodyOf(query, name, at + name.length);
      if (body) push("value", body.end, typedLiteral(name, query.slice(body.start, body.end - 1), at));
      else if (name === "true" || name === "false") push("value", at + name.length, bool(name === "true"));
      else push("name", at + name.length);
      continue;
    }
    const number = readNumber(query, at);
    if (number) {
      push("value", number.end, number.literal);
      continue;
    }
    const symbol = matchAt(SYMBOL);
    if (symbol === undefined) {
      throw new QueryError(
        `${JSON.stringify(String.fromCodePoint(query.codePointAt(at) ?? 0))} means nothing here`,
        at,
      );
    }
    push("symbol", at + symbol.length);
  }
  tokens.push({ kind: "end", text: "the end of the query", literal: null, position: query.length, end: query.length });
  return tokens;
}

/** Where the body of a typed literal (`datetime(…)`) lies; null where `name` is a word like any other. */
function bodyOf(query: string, name: string, end: number): { start: number; end: number } | null {
  if (!isLiteralType(name)) return null;
  const open = /\s*\(/y;
  open.lastIndex = end;
  const opening = open.exec(query)?.[0];
  if (opening === undefined) return null;
  const start = end + opening.length;
  let depth = 1;
  for (let at = start; at < query.length; ) {
    const string = readString(query, at);
    if (string) {
      at = string.end;
      continue;
    }
    const letter = query.charAt(at);
    if ("([{".includes(letter)) depth += 1;
    if (")]}".includes(letter)) depth -= 1;
    at += 1;
    if (depth === 0) return { start, end: at };
  }
  throw new QueryError(`Expected ")" to end ${name}(, found the end of the query`, query.length);
}

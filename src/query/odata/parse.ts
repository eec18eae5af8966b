import { assertLength, createBudget, LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import type { OrderSyntax, Syntax } from "./ast.ts";
import { lex, type Token } from "./lex.ts";

/** Binary operators from those that bind least on. */
const LEVELS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["eq", "ne"],
  ["gt", "ge", "lt", "le"],
  ["add", "sub"],
  ["mul", "div", "divby", "mod"],
];

const OPERATORS = new Set([...LEVELS.flat(), "in", "has"]);

const LAMBDA = /^(.+)[/.](any|all)$/;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** `$filter` → its syntax, in time that grows with its length. @throws QueryError for what is no expression. */
export function parseFilter(text: string): Syntax {
  const parser = createParser(text);
  const filter = parser.expression();
  parser.expectEnd("an operator or the end");
  return filter;
}

/** `$orderby` → its keys. @throws QueryError for what is no list of expressions. */
export function parseOrderBy(text: string): readonly OrderSyntax[] {
  const parser = createParser(text);
  const keys = parser.list(() => {
    const value = parser.expression();
    const direction = parser.eatWord("asc", "desc");
    return { value, descending: direction === "desc" };
  });
  parser.expectEnd("a comma, asc, desc or the end");
  return keys;
}

function createParser(text: string) {
  assertLength(text);
  const tokens = [...lex(text)];
  const budget = createBudget();
  let at = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)] as Token;
  const isSymbol = (symbol: string, ahead = 0): boolean => peek(ahead).kind === "symbol" && peek(ahead).text === symbol;
  const isJoined = (): boolean => peek(1).position === peek().end;

  const fail = (expected: string): never => {
    const { kind, text: found, position } = peek();
    throw new QueryError(
      `Expected ${expected}, found ${kind === "end" ? "the end" : JSON.stringify(found.slice(0, 40))}`,
      position,
    );
  };
  const expectSymbol = (symbol: string): void => {
    if (!isSymbol(symbol)) fail(`"${symbol}"`);
    at += 1;
  };
  /** Upper and lower case mean the same in operators. */
  function eatWord(...words: readonly string[]): string | null {
    const word = peek().text.toLowerCase();
    if (peek().kind !== "word" || !words.includes(word)) return null;
    at += 1;
    return word;
  }
  function node(syntax: Syntax): Syntax {
    budget.spend(syntax.position);
    return syntax;
  }
  function list<T>(item: () => T): T[] {
    const items = [item()];
    while (isSymbol(",")) {
      at += 1;
      items.push(item());
    }
    return items;
  }

  const expression = (): Syntax => budget.deeper(peek().position, () => binary(0));

  function binary(level: number): Syntax {
    const operators = LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (;;) {
      const { position } = peek();
      const operator = eatWord(...operators);
      if (operator === null) return left;
      left = node({ kind: "binary", operator, left, right: binary(level + 1), position });
    }
  }

  function unary(): Syntax {
    const { position, text: word, kind } = peek();
    if (eatWord("not") !== null) {
      return node({ kind: "not", operand: budget.deeper(position, unary), position });
    }
    if (kind === "word" && word.startsWith("-") && !/^-[\d.]/.test(word)) {
      if (word === "-") at += 1;
      else tokens[at] = { ...peek(), text: word.slice(1), position: position + 1 };
      return node({ kind: "negative", operand: budget.deeper(position, unary), position });
    }
    return membership();
  }

  function membership(): Syntax {
    const operand = primary();
    const { position } = peek();
    if (eatWord("has") !== null) throw new QueryError("The operator has is not supported", position);
    if (eatWord("in") === null) return operand;
    expectSymbol("(");
    const items = isSymbol(")") ? [] : list(primary);
    if (items.length > LIMITS.list) throw new QueryError(`The list has more than ${LIMITS.list} values`, position);
    expectSymbol(")");
    return node({ kind: "in", operand, items, position });
  }

  function primary(): Syntax {
    const { kind, text: found, position } = peek();
    if (isSymbol("(")) {
      at += 1;
      const inner = expression();
      expectSymbol(")");
      return inner;
    }
    if (kind === "string") {
      at += 1;
      return node({ kind: "string", text: found, position });
    }
    if (kind !== "word" || OPERATORS.has(found.toLowerCase())) return fail("a value");
    return wordOperand(found, position);
  }

  function wordOperand(word: string, position: number): Syntax {
    if (/^[[{"]/.test(word)) {
      throw new QueryError(
        "Arrays, objects and double quotes are not supported; strings stand in single quotes",
        position,
      );
    }
    if (/^[$@]/.test(word)) throw new QueryError(`${word.slice(0, 40)} is not supported`, position);
    if (isSymbol("(", 1) && isJoined()) return callOrLambda(word, position);
    if (peek(1).kind === "string" && isJoined()) {
      const literal = peek(1).text;
      at += 2;
      return node({ kind: "typed", type: word.toLowerCase(), text: literal, position });
    }
    at += 1;
    return node({ kind: "word", text: word, position });
  }

  function callOrLambda(word: string, position: number): Syntax {
    if (word === "any" || word === "all") {
      throw new QueryError(`${word} stands behind a collection: Payload/items/${word}(…)`, position);
    }
    at += 2;
    const [, path, quantifier] = LAMBDA.exec(word) ?? [];
    if (path !== undefined && quantifier !== undefined)
      return lambda(path, quantifier === "any" ? "any" : "all", position);
    const args = isSymbol(")") ? [] : list(expression);
    expectSymbol(")");
    return node({ kind: "call", name: word.toLowerCase(), args, position });
  }

  function lambda(path: string, quantifier: "any" | "all", position: number): Syntax {
    if (isSymbol(")") && quantifier === "any") {
      at += 1;
      return node({ kind: "lambda", quantifier, path, variable: "", condition: null, position });
    }
    const variable = lambdaVariable();
    const condition = expression();
    expectSymbol(")");
    return node({ kind: "lambda", quantifier, path, variable, condition, position });
  }

  /** `x:` before a condition, with or without blanks. */
  function lambdaVariable(): string {
    const token = peek();
    const colon = token.text.indexOf(":");
    const isSeparate = colon === -1 && peek(1).kind === "word" && peek(1).text.startsWith(":");
    const name = isSeparate ? token.text : token.text.slice(0, Math.max(colon, 0));
    if (token.kind !== "word" || !NAME.test(name)) fail("a variable and a colon, such as x:");
    if (isSeparate) at += 1;
    dropStart(isSeparate ? 1 : colon + 1);
    return name;
  }

  /** What is left of a word without its first letters; nothing may be. */
  function dropStart(length: number): void {
    const token = peek();
    if (token.text.length === length) at += 1;
    else tokens[at] = { ...token, text: token.text.slice(length), position: token.position + length };
  }

  return {
    expression,
    eatWord,
    list,
    expectEnd(expected: string): void {
      if (peek().kind !== "end") fail(expected);
    },
  };
}

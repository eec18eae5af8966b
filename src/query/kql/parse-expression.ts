import { text as textLiteral } from "../build.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import type { Syntax } from "./ast.ts";
import { type Cursor, isName } from "./cursor.ts";
import type { Token } from "./token.ts";

/** Operators of texts; they bind closer than any arithmetic. */
const TEXT_OPERATORS = new Set(
  ["contains", "has", "hasprefix", "hassuffix", "startswith", "endswith"].flatMap((name) =>
    [name, `${name}_cs`].flatMap((one) => [one, `!${one}`]),
  ),
)
  .add("=~")
  .add("!~");

const LIST_OPERATORS = new Set(["in", "!in", "in~", "!in~", "has_any", "has_all"]);

/** Operators that the language has and that are not supported, wherever one could stand. */
const OTHER_OPERATORS = new Set(["matches", "like", "!like", "likecs", "!likecs", "search"]);

/** Parses one scalar expression. */
export function createExpressionParser(cursor: Cursor): () => Syntax {
  const { budget, peek, next, isAt, eat, expect, list, fail } = cursor;
  const isWord = (words: ReadonlySet<string>): boolean =>
    (peek().kind === "name" || peek().kind === "symbol") && words.has(peek().text);

  function node(syntax: Syntax): Syntax {
    budget.spend(syntax.position);
    return syntax;
  }

  const binary = (operator: Token, left: Syntax, right: Syntax): Syntax =>
    node({ kind: "binary", operator: operator.text, left, right, position: operator.position });

  /** Any number of operators of one level, from the left. */
  function chain(operators: readonly string[], operand: () => Syntax): Syntax {
    let left = operand();
    while (operators.some(isAt)) left = binary(next(), left, operand());
    return left;
  }

  const expression = (): Syntax => budget.deeper(peek().position, or);
  const or = (): Syntax => chain(["or"], and);
  const and = (): Syntax => chain(["and"], equality);

  function equality(): Syntax {
    const left = relation();
    const token = peek();
    if (["==", "!=", "<>"].some(isAt))
      return binary({ ...next(), text: token.text === "==" ? "==" : "!=" }, left, relation());
    if (isWord(LIST_OPERATORS)) return listOperator(next(), left);
    if (isAt("between") || isAt("!between")) return between(next(), left);
    return left;
  }

  function listOperator(operator: Token, operand: Syntax): Syntax {
    expect("(");
    if (isName(peek()) && peek(1).text === "|") fail("a list of values; rows of another query are not supported here");
    const items = list(expression);
    if (items.length > LIMITS.list) {
      throw new QueryError(`The list has more than ${LIMITS.list} values`, operator.position);
    }
    expect(")");
    return node({ kind: "list", operator: operator.text, operand, items, position: operator.position });
  }

  function between(operator: Token, operand: Syntax): Syntax {
    expect("(");
    const low = sum();
    expect("..");
    const high = sum();
    expect(")");
    const negated = operator.text === "!between";
    return node({ kind: "between", negated, operand, low, high, position: operator.position });
  }

  function relation(): Syntax {
    const left = sum();
    return ["<", ">", "<=", ">="].some(isAt) ? binary(next(), left, sum()) : left;
  }

  const sum = (): Syntax => chain(["+", "-"], product);
  const product = (): Syntax => chain(["*", "/", "%"], textOperation);

  function textOperation(): Syntax {
    let left = signed();
    while (isWord(TEXT_OPERATORS)) left = binary(next(), left, signed());
    if (isWord(OTHER_OPERATORS)) {
      throw new QueryError(`The operator ${peek().text} is not supported`, peek().position);
    }
    return left;
  }

  function signed(): Syntax {
    const { position } = peek();
    if (eat("+")) return postfix();
    return eat("-") ? node({ kind: "negative", operand: postfix(), position }) : postfix();
  }

  function postfix(): Syntax {
    let of = primary();
    let length = 0;
    for (;;) {
      const { position } = peek();
      if (!isAt(".") && !isAt("[")) return of;
      length += 1;
      if (length > LIMITS.path) throw new QueryError(`The path has more than ${LIMITS.path} parts`, position);
      of = node({ kind: "member", of, key: eat(".") ? memberName() : subscript(), position });
    }
  }

  function memberName(): string {
    if (isAt("[")) return String(subscript());
    return peek().kind === "name" && !peek().text.startsWith("!") ? next().text : fail("the name of a member");
  }

  function subscript(): string | number {
    expect("[");
    const isNegative = eat("-");
    const { kind, literal } = peek();
    const isIndex = literal?.type === "long" && typeof literal.value === "bigint" && literal.value < 1_000_000n;
    if (!isIndex && (kind !== "string" || isNegative))
      fail("a name in quotes or a position; other keys are not supported");
    next();
    expect("]");
    if (!isIndex) return String(literal?.value);
    return isNegative ? -Number(literal.value) : Number(literal.value);
  }

  function primary(): Syntax {
    const token = peek();
    const { position } = token;
    if (eat("(")) {
      const inner = expression();
      expect(")");
      return inner;
    }
    if (token.kind === "string") return node({ kind: "literal", literal: textLiteral(strings()), position });
    if (token.literal) return node({ kind: "literal", literal: next().literal ?? token.literal, position });
    if (isAt("*")) fail("an expression; searching all columns is not supported");
    if (isAt("{") && peek(1).text === "{") fail("an expression; {{parameters}} are not supported");
    if (peek(1).text === "(" && token.kind === "name" && !token.text.startsWith("!")) return functionCall();
    return node({ kind: "name", ...cursor.name("an expression") });
  }

  /** Strings one after the other are one string. */
  function strings(): string {
    const parts: string[] = [];
    while (peek().kind === "string") parts.push(String(next().literal?.value));
    const whole = parts.join("");
    if (whole.length > LIMITS.text) {
      throw new QueryError(`The string is longer than ${LIMITS.text} characters`, peek(-1).position);
    }
    return whole;
  }

  function functionCall(): Syntax {
    const name = next();
    expect("(");
    if (name.text === "typeof") return typeArgument(name.position);
    const args = isAt(")") ? [] : list(argument);
    expect(")");
    return node({ kind: "call", name: name.text, args, position: name.position });
  }

  /** `typeof(long)`, the last argument of extract: the name of the type. */
  function typeArgument(position: number): Syntax {
    if (peek().kind !== "name") fail("a type");
    const literal = textLiteral(next().text);
    expect(")");
    return node({ kind: "literal", literal, position });
  }

  function argument(): Syntax {
    if (isName(peek()) && peek(1).text === "=") fail("a value; named arguments are not supported");
    return expression();
  }

  return expression;
}

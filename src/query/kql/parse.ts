import { assertLength, LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import type {
  ColumnPattern,
  LetSyntax,
  NamedSyntax,
  OperatorSyntax,
  QuerySyntax,
  SortSyntax,
  TabularSyntax,
} from "./ast.ts";
import { type Cursor, createCursor, isName } from "./cursor.ts";
import { lex } from "./lex.ts";
import { createExpressionParser } from "./parse-expression.ts";

/** The name of the one table. */
export const TABLE = "Events";

/** What the language has beside queries of rows. */
const OTHER_STATEMENTS = new Set(["alias", "declare", "pattern", "restrict", "set"]);

const OTHER_OPERATORS = new Set(
  `as assert-schema consume evaluate execute-and-cache externaldata facet find fork getschema graph-match graph-merge
   graph-to-table invoke join lookup macro-expand make-graph make-series mv-apply mv-expand parse parse-kv parse-where
   partition print project-by-names range reduce render sample-distinct scan search serialize top-hitters top-nested
   union`.split(/\s+/),
);

/**
 * A query's text → its syntax. Time and memory grow with the length of the text, and no faster.
 *
 * @throws QueryError for what is no query of events, is not supported, or is too much.
 */
export function parse(query: string): QuerySyntax {
  assertLength(query);
  const cursor = createCursor(lex(query));
  const parser = createQueryParser(cursor);
  const lets: LetSyntax[] = [];
  while (cursor.isAt("let")) lets.push(parser.letStatement());
  const rows = parser.tabular();
  cursor.eat(";");
  if (cursor.peek().kind !== "end") cursor.fail('"|" or the end of the query');
  return { lets, rows };
}

function createQueryParser(cursor: Cursor) {
  const { peek, next, isAt, eat, expect, list, name, fail } = cursor;
  const expression = createExpressionParser(cursor);
  /** What `let` gave to rows: a name that stands where a table could. */
  const tables = new Set([TABLE]);

  function letStatement(): LetSyntax {
    expect("let");
    const declared = name("a name");
    expect("=");
    if (isAt("(") && (peek(1).text === ")" || (isName(peek(1)) && peek(2).text === ":"))) {
      fail("a value or rows; functions of one's own are not supported");
    }
    const isTabular = tables.has(peek().text) && peek().kind === "name";
    const statement: LetSyntax = isTabular
      ? { kind: "tabular", ...declared, rows: tabular() }
      : { kind: "scalar", ...declared, value: expression() };
    if (isTabular) tables.add(declared.name);
    expect(";");
    return statement;
  }

  function tabular(): TabularSyntax {
    const token = peek();
    if (isAt(".")) throw new QueryError("Management commands are not supported", token.position);
    if (OTHER_STATEMENTS.has(token.text)) throw unsupported(token.text, token.position);
    if (OTHER_OPERATORS.has(token.text) && !tables.has(token.text)) throw unsupported(token.text, token.position);
    const { name: source, position } = name(`the table ${TABLE}`);
    if (!tables.has(source)) throw new QueryError(`There is no table ${source}; there is ${TABLE}`, position);
    const operators: OperatorSyntax[] = [];
    while (eat("|")) {
      operators.push(operator());
      if (operators.length > LIMITS.steps) {
        throw new QueryError(`The query has more than ${LIMITS.steps} operators`, position);
      }
    }
    return { source, position, operators };
  }

  /** An operator's name, which may hold a `-` that nothing separates from it. */
  function operatorName(): string {
    if (peek().kind !== "name") fail("an operator, such as where");
    let whole = next();
    let text = whole.text;
    while (isAt("-") && peek().position === whole.end && peek(1).kind === "name" && peek(1).position === peek().end) {
      next();
      whole = next();
      text += `-${whole.text}`;
    }
    return text;
  }

  function operator(): OperatorSyntax {
    const { position } = peek();
    const kind = operatorName();
    if (isName(peek()) && peek(1).text === "." && peek().text === "hint") fail("no hint: hints are not supported");
    switch (kind) {
      case "where":
      case "filter":
        return { kind: "where", condition: expression(), position };
      case "take":
      case "limit":
        return { kind: "take", count: expression(), position };
      case "sample":
        return { kind: "sample", count: expression(), position };
      case "sort":
      case "order":
        expect("by");
        return { kind: "sort", keys: list(sortKey), position };
      case "top": {
        const count = expression();
        expect("by");
        return { kind: "top", count, key: sortKey(), position };
      }
      case "project":
        return { kind, columns: isAt("|") || peek().kind === "end" ? [] : list(named), position };
      case "extend":
        return { kind, columns: list(named), position };
      case "project-rename":
        return { kind: "rename", columns: list(named), position };
      case "project-away":
        return { kind: "away", patterns: list(pattern), position };
      case "project-keep":
        return { kind: "keep", patterns: list(pattern), position };
      case "project-reorder":
        return { kind: "reorder", patterns: list(pattern), position };
      case "distinct":
        return { kind, columns: eat("*") ? null : list(named), position };
      case "count":
        return { kind, position };
      case "summarize": {
        const isEmpty = isAt("by") || isAt("|") || peek().kind === "end";
        const aggregates = isEmpty ? [] : list(named);
        return { kind, aggregates, by: eat("by") ? list(named) : [], position };
      }
    }
    if (OTHER_OPERATORS.has(kind)) throw unsupported(kind, position);
    throw new QueryError(`There is no operator ${kind}`, position);
  }

  function sortKey(): SortSyntax {
    const value = expression();
    const isAscending = eat("asc");
    if (!isAscending) eat("desc");
    if (!eat("nulls")) return { value, descending: !isAscending, nullsFirst: null };
    const nullsFirst = eat("first");
    if (!nullsFirst) expect("last");
    return { value, descending: !isAscending, nullsFirst };
  }

  function named(): NamedSyntax {
    const isNamed = peek(1).text === "=" || (isAt("[") && peek(3).text === "=");
    if (!isNamed) return { name: null, value: expression() };
    const declared = name("a name");
    expect("=");
    return { name: declared.name, value: expression() };
  }

  function pattern(): ColumnPattern {
    const { position } = peek();
    if (eat("*")) return { name: "", isPrefix: true, position };
    const declared = name("a column");
    const isPrefix = isAt("*") && peek().position === peek(-1).end;
    if (isPrefix) next();
    return { ...declared, isPrefix };
  }

  return { letStatement, tabular };
}

const unsupported = (name: string, position: number) => new QueryError(`${name} is not supported`, position);

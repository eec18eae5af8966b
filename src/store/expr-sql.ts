import type { Call, Expr, ValueType } from "../query/expr.ts";
import { aggregated } from "./sql-aggregate.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { documentPlace, itemsOf, parsedText, placeBelow } from "./sql-json.ts";
import { type Names, shallow } from "./sql-names.ts";
import { OPERATIONS } from "./sql-operations.ts";
import { extracted } from "./sql-regex.ts";
import { matches, matchesLiteral } from "./sql-text.ts";
import { placeOf, type SqlExpr, sqlOf, value } from "./sql-value.ts";

/** What expressions of one SELECT are made with. */
export interface Environment {
  readonly names: Names;
  /** A column of the rows that the SELECT reads. */
  column(name: string, type: ValueType): SqlExpr;
  /** Rows of `json_each` by the item that they are. */
  readonly items: ReadonlyMap<symbol, Fragment>;
}

/**
 * An expression → SQL with placeholders.
 *
 * @throws QueryError where it becomes too long, or too deep for SQLite's parser.
 */
export function toSql(expr: Expr, env: Environment): SqlExpr {
  const { names } = env;
  names.spend();
  switch (expr.kind) {
    case "literal":
      return literal(expr);
    case "column":
      return env.column(expr.name, expr.type);
    case "path":
      return {
        kind: "json",
        type: "dynamic",
        place: placeBelow(placeOf(toSql(expr.of, env), names), expr.keys, names),
      };
    case "item":
      return itemOf(expr.item, env);
    case "match":
      return value("bool", shallow(matched(expr, env), names));
    case "quantified":
      return value("bool", quantified(expr, env));
    case "extract":
      return value("string", names.give(extracted(toValue(expr.text, env), expr.program, names)));
    case "aggregate":
      return aggregateOf(expr, env);
    case "call":
      return called(expr, env);
  }
}

/** One whole expression of a SELECT. */
export const toExpression = (expr: Expr, env: Environment): Fragment => env.names.expression(() => toValue(expr, env));

const toValue = (expr: Expr, env: Environment): Fragment => sqlOf(toSql(expr, env), env.names);

function aggregateOf(expr: Extract<Expr, { kind: "aggregate" }>, env: Environment): SqlExpr {
  const [of] = expr.args;
  return aggregated(expr, of ? () => toSql(of, env) : null, expr.where && toExpression(expr.where, env), env.names);
}

function literal({ type, value: of }: Extract<Expr, { kind: "literal" }>): SqlExpr {
  return { kind: "literal", type, value: typeof of === "boolean" ? (of ? 1n : 0n) : of };
}

function itemOf(item: symbol, { items }: Environment): SqlExpr {
  const row = items.get(item);
  if (!row) throw new RangeError("An item stands outside of what looks at it");
  return { kind: "json", type: "dynamic", place: { kind: "item", row } };
}

function matched(expr: Extract<Expr, { kind: "match" }>, env: Environment): Fragment {
  const text = toValue(expr.text, env);
  const { pattern } = expr;
  return pattern.kind === "literal" && typeof pattern.value === "string"
    ? matchesLiteral(text, pattern.value, expr, env.names)
    : matches(text, toValue(pattern, env), expr, env.names);
}

function quantified(expr: Extract<Expr, { kind: "quantified" }>, env: Environment): Fragment {
  const { names } = env;
  const row = names.fresh();
  const inner = { ...env, items: new Map([...env.items, [expr.item, row]]) };
  const items = itemsOf(placeOf(toSql(expr.of, env), names), row, names);
  const condition = toExpression(expr.condition, inner);
  return expr.quantifier === "some"
    ? sql`EXISTS (SELECT 1 FROM ${items} WHERE ${condition})`
    : sql`(NOT EXISTS (SELECT 1 FROM ${items} WHERE NOT coalesce(${condition}, 0)))`;
}

function called(expr: Call, env: Environment): SqlExpr {
  if (expr.operation === "parseJson") {
    const [text] = expr.args.map((arg) => toValue(arg, env));
    return { kind: "json", type: "dynamic", place: documentPlace(parsedText(text ?? sql`NULL`, env.names)) };
  }
  const writer = { names: env.names, write: (one: Expr) => toSql(one, env) };
  const result = shallow(OPERATIONS[expr.operation](expr, writer), env.names);
  return expr.type === "dynamic"
    ? { kind: "json", type: "dynamic", place: documentPlace(result) }
    : value(expr.type, result);
}

import { column, junction, not, path } from "../build.ts";
import type { Expr, ValueType } from "../expr.ts";
import { operandsOf } from "../operands.ts";
import { QueryError } from "../query-error.ts";
import { bindAggregate, isAggregate } from "./aggregates.ts";
import type { Arg } from "./arg.ts";
import { add, multiply, negative } from "./arithmetic.ts";
import type { Syntax } from "./ast.ts";
import { between, equality, hasTerms, membership, order } from "./compare.ts";
import { toCondition } from "./convert.ts";
import type { FunctionContext } from "./function-table.ts";
import { bindFunction } from "./functions.ts";
import { textOperator } from "./text-operators.ts";

/** What an expression's names can mean. */
export interface Scope extends FunctionContext {
  readonly columns: ReadonlyMap<string, ValueType>;
  /** What `let` gave names to. */
  readonly variables: ReadonlyMap<string, Expr>;
  /** Whether aggregates may stand here. */
  readonly aggregates: boolean;
}

/** @throws QueryError for unknown names, and for types that do not fit. */
export function bindExpression(syntax: Syntax, scope: Scope): Expr {
  const bind = (one: Syntax): Arg => ({ expr: bindExpression(one, scope), position: one.position });
  const { position } = syntax;
  switch (syntax.kind) {
    case "literal":
      return syntax.literal;
    case "name":
      return bindName(syntax.name, position, scope);
    case "member":
      return bindMember(bind(syntax.of), syntax.key, position);
    case "negative":
      return negative(bind(syntax.operand));
    case "binary":
      return bindBinary(syntax, scope);
    case "list": {
      const operand = bind(syntax.operand);
      const items = syntax.items.map(bind);
      if (syntax.operator.startsWith("has")) return hasTerms(syntax.operator, operand, items);
      return membership(syntax.operator, operand, items, position);
    }
    case "between": {
      const found = between(bind(syntax.operand), bind(syntax.low), bind(syntax.high), position);
      return syntax.negated ? not(found) : found;
    }
    case "call":
      return bindCall(syntax, scope);
  }
}

function bindName(name: string, position: number, { columns, variables }: Scope): Expr {
  const type = columns.get(name);
  if (type !== undefined) return column(name, type);
  const variable = variables.get(name);
  if (variable) return variable;
  const near = [...columns.keys(), ...variables.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new QueryError(`There is no column or variable ${name}${hint}`, position);
}

function bindMember({ expr }: Arg, key: string | number, position: number): Expr {
  if (expr.type === "dynamic") return path(expr, key);
  throw new QueryError(`Only a dynamic has members; this is ${expr.type}`, position);
}

function bindBinary(syntax: Extract<Syntax, { kind: "binary" }>, scope: Scope): Expr {
  const { operator, position } = syntax;
  if (operator === "and" || operator === "or") {
    const operands = operandsOf(syntax, operator).map((one) =>
      toCondition({ expr: bindExpression(one, scope), position: one.position }, `The operator ${operator}`),
    );
    return junction(operator === "and" ? "all" : "any", operands);
  }
  const left: Arg = { expr: bindExpression(syntax.left, scope), position: syntax.left.position };
  const right: Arg = { expr: bindExpression(syntax.right, scope), position: syntax.right.position };
  switch (operator) {
    case "==":
      return equality(left, right, position);
    case "!=":
      return not(equality(left, right, position));
    case "<":
    case "<=":
    case ">":
    case ">=":
      return order(operator, left, right, position);
    case "+":
    case "-":
      return add(operator, left, right, position);
    case "*":
    case "/":
    case "%":
      return multiply(operator, left, right, position);
  }
  const found = textOperator(operator, left, right, position);
  if (!found) throw new QueryError(`The operator ${operator} is not supported`, position);
  return found;
}

function bindCall(syntax: Extract<Syntax, { kind: "call" }>, scope: Scope): Expr {
  const { name, position } = syntax;
  const isAggregation = isAggregate(name);
  if (isAggregation && !scope.aggregates) {
    throw new QueryError(
      `The aggregate function ${name}() may only stand in summarize, and not in another one`,
      position,
    );
  }
  const inner = isAggregation ? { ...scope, aggregates: false } : scope;
  const args = syntax.args.map((arg) => ({ expr: bindExpression(arg, inner), position: arg.position }));
  return isAggregation ? bindAggregate(name, args, position) : bindFunction(name, args, position, scope);
}

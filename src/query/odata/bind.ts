import { call, junction, long, not, nothing, span } from "../build.ts";
import type { Expr, Operation, ValueType } from "../expr.ts";
import { operandsOf } from "../operands.ts";
import { QueryError } from "../query-error.ts";
import type { Syntax } from "./ast.ts";
import { comparison, contentOf, describe, membership } from "./compare.ts";
import { bindFunction } from "./functions.ts";
import { assertKnown, type Known, parseDurationTicks, plain, type Value, valueOfWord } from "./value.ts";

export interface BindOptions {
  readonly now: bigint;
  readonly properties: ReadonlyMap<string, Expr>;
}

const NO_VARIABLES: ReadonlyMap<string, Expr> = new Map();

/** A filter as a condition. @throws QueryError for unknown properties and types that do not fit. */
export function bindCondition(syntax: Syntax, options: BindOptions): Expr {
  const binder = createBinder(options);
  return binder.condition(syntax, { ...options, variables: NO_VARIABLES });
}

/** An expression of any type, for an order. */
export function bindValue(syntax: Syntax, options: BindOptions): Expr {
  const known = { ...options, variables: NO_VARIABLES };
  return assertKnown(createBinder(options).value(syntax, known), known).expr;
}

function createBinder({ now }: BindOptions) {
  function value(syntax: Syntax, known: Known): Value {
    const { position } = syntax;
    switch (syntax.kind) {
      case "string":
        return plain({ kind: "literal", type: "string", value: syntax.text }, position);
      case "word":
        return valueOfWord(syntax.text, position, known);
      case "typed":
        return typed(syntax);
      case "not":
        return plain(not(condition(syntax.operand, known)), position);
      case "negative":
        return plain(negative(operand(syntax.operand, known)), position);
      case "binary":
        return plain(binary(syntax, known), position);
      case "in": {
        const items = syntax.items.map((item) => value(item, known));
        return plain(membership(operand(syntax.operand, known), items), position);
      }
      case "call": {
        const args = syntax.args.map((arg) => value(arg, known));
        const context = { now, assertKnown: (arg: Value) => assertKnown(arg, known) };
        return plain(bindFunction(syntax.name, args, position, context), position);
      }
      case "lambda":
        return plain(lambda(syntax, known), position);
    }
  }

  /** Where a name alone means nothing. */
  const operand = (syntax: Syntax, known: Known): Value => assertKnown(value(syntax, known), known);

  function condition(syntax: Syntax, known: Known): Expr {
    const { expr, kind, position } = operand(syntax, known);
    if (kind === "null") return nothing("bool");
    if (expr.type === "bool") return expr;
    if (expr.type === "dynamic") return contentOf(expr, "bool");
    throw new QueryError(`Expected a condition, found ${describe(expr.type)}`, position);
  }

  function binary(syntax: Extract<Syntax, { kind: "binary" }>, known: Known): Expr {
    const { operator, position } = syntax;
    if (operator === "and" || operator === "or") {
      const operands = operandsOf(syntax, operator).map((one) => condition(one, known));
      return junction(operator === "and" ? "all" : "any", operands);
    }
    const isArithmetic = Object.hasOwn(ARITHMETIC, operator);
    const left = operand(syntax.left, known);
    const right = isArithmetic ? operand(syntax.right, known) : value(syntax.right, known);
    return isArithmetic ? arithmetic(operator, left, right, position) : comparison(operator, left, right);
  }

  function lambda(syntax: Extract<Syntax, { kind: "lambda" }>, known: Known): Expr {
    const of = assertKnown(valueOfWord(syntax.path, syntax.position, known), known);
    if (of.expr.type !== "dynamic") {
      throw new QueryError(
        `${syntax.quantifier} needs a collection; this is ${describe(of.expr.type)}`,
        syntax.position,
      );
    }
    if (!syntax.condition) {
      return call("isTrue", "bool", call("less", "bool", long(0n), call("arrayLength", "long", of.expr)));
    }
    const item = Symbol(syntax.variable);
    const variables = new Map([...known.variables, [syntax.variable, { kind: "item", type: "dynamic", item } as Expr]]);
    return {
      kind: "quantified",
      type: "bool",
      quantifier: syntax.quantifier === "any" ? "some" : "every",
      of: of.expr,
      item,
      condition: condition(syntax.condition, { ...known, variables }),
    };
  }

  return { value, condition };
}

function typed({ type, text, position }: Extract<Syntax, { kind: "typed" }>): Value {
  if (type !== "duration")
    throw new QueryError(`Literals of the type ${type.slice(0, 40)} are not supported`, position);
  const ticks = parseDurationTicks(text);
  if (ticks === null) throw new QueryError(`"${text.slice(0, 40)}" is no duration, such as P1DT2H`, position);
  return plain(span(ticks), position);
}

const ARITHMETIC: Readonly<Record<string, Operation>> = {
  add: "add",
  sub: "subtract",
  mul: "multiply",
  div: "divide",
  divby: "divide",
  mod: "remainder",
};

/** A number, or what a dynamic holds of one; null for anything else. */
function numberOf({ expr, kind }: Value): Expr | null {
  if (kind === "null") return nothing("real");
  if (expr.type === "dynamic") return contentOf(expr, "real");
  return expr.type === "long" || expr.type === "real" ? expr : null;
}

function arithmetic(operator: string, left: Value, right: Value, position: number): Expr {
  const operation = ARITHMETIC[operator] ?? "add";
  const time = timeSum(operator, left.expr.type, right.expr.type);
  if (time) return call(operation, time, left.expr, right.expr);
  const [a, b] = [numberOf(left), numberOf(right)];
  if (!a || !b) {
    throw new QueryError(
      `${operator} is not defined for ${describe(left.expr.type)} and ${describe(right.expr.type)}`,
      position,
    );
  }
  const isReal = operator === "divby" || a.type === "real" || b.type === "real";
  return call(operation, isReal ? "real" : "long", a, b);
}

/** The type of a sum or difference with a time in it; null for anything else. */
function timeSum(operator: string, left: ValueType, right: ValueType): ValueType | null {
  if (operator !== "add" && operator !== "sub") return null;
  if (left === "datetime" && right === "timespan") return "datetime";
  if (left === "timespan" && right === "timespan") return "timespan";
  return operator === "sub" && left === "datetime" && right === "datetime" ? "timespan" : null;
}

function negative(operand: Value): Expr {
  if (operand.expr.type === "timespan") return call("negate", "timespan", operand.expr);
  const number = numberOf(operand);
  if (!number) throw new QueryError(`- is not defined for ${describe(operand.expr.type)}`, operand.position);
  return call("negate", number.type, number);
}

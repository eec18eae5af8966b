import { call, long, match, nothing, point, span } from "../build.ts";
import type { Expr, Match, Operation, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { MAX_TICKS, TICKS_PER_DAY, TICKS_PER_SECOND } from "../ticks.ts";
import { contentOf, describe } from "./compare.ts";
import type { Value } from "./value.ts";

export interface FunctionContext {
  /** `now()`, in ticks. */
  readonly now: bigint;
  /** @throws QueryError for a word that is no property. */
  assertKnown(value: Value): Value;
}

interface ODataFunction {
  readonly takes: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional?: number;
  bind(args: readonly Expr[], context: FunctionContext): Expr;
}

const nullary = (bind: (context: FunctionContext) => Expr): ODataFunction => ({
  takes: [],
  bind: (_, context) => bind(context),
});

const simple = (operation: Operation, type: ValueType, ...takes: readonly ValueType[]): ODataFunction => ({
  takes,
  bind: (args) => call(operation, type, ...args),
});

const textTest = (how: Match): ODataFunction => ({
  takes: ["string", "string"],
  bind: ([of, pattern]) => match(how, false, of ?? nothing("string"), pattern ?? nothing("string")),
});

const SECOND = span(TICKS_PER_SECOND);

/** Every function that is supported; each is null as soon as an argument is. */
export const FUNCTIONS: Readonly<Record<string, ODataFunction>> = {
  contains: textTest("contains"),
  startswith: textTest("startsWith"),
  endswith: textTest("endsWith"),
  concat: simple("concat", "string", "string", "string"),
  indexof: simple("indexOf", "long", "string", "string"),
  length: simple("length", "long", "string"),
  substring: { ...simple("substring", "string", "string", "long", "long"), optional: 1 },
  tolower: simple("lower", "string", "string"),
  toupper: simple("upper", "string", "string"),
  trim: simple("trim", "string", "string"),
  year: simple("year", "long", "datetime"),
  month: simple("month", "long", "datetime"),
  day: simple("day", "long", "datetime"),
  hour: simple("hour", "long", "datetime"),
  minute: simple("minute", "long", "datetime"),
  second: simple("second", "long", "datetime"),
  fractionalseconds: {
    takes: ["datetime"],
    bind: ([of = nothing("datetime")]) => {
      const ticks = call("subtract", "timespan", of, call("floorTo", "datetime", of, SECOND));
      return call("divide", "real", call("toReal", "real", ticks), { kind: "literal", type: "real", value: 1e7 });
    },
  },
  date: {
    takes: ["datetime"],
    bind: ([of = nothing("datetime")]) => call("floorTo", "datetime", of, span(TICKS_PER_DAY)),
  },
  now: nullary(({ now }) => point(now)),
  mindatetime: nullary(() => point(0n)),
  maxdatetime: nullary(() => point(MAX_TICKS)),
  round: { takes: ["real"], bind: ([of = nothing("real")]) => call("round", "real", of, long(0n)) },
  floor: simple("floor", "real", "real"),
  ceiling: simple("ceiling", "real", "real"),
};

/** @throws QueryError for a function that is not supported, and for arguments that it does not take. */
export function bindFunction(name: string, args: readonly Value[], position: number, context: FunctionContext): Expr {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new QueryError(`The function ${name.slice(0, 40)} is not supported`, position);
  const { takes, optional = 0 } = found;
  if (args.length > takes.length || args.length < takes.length - optional) {
    const expected = optional === 0 ? String(takes.length) : `${takes.length - optional} or ${takes.length}`;
    throw new QueryError(
      `${name} takes ${expected} ${takes.length === 1 ? "argument" : "arguments"}, not ${args.length}`,
      position,
    );
  }
  const exprs = args.map((arg, at) =>
    argumentAs(name, at === 0 ? context.assertKnown(arg) : arg, takes[at] ?? "string"),
  );
  return found.bind(exprs, context);
}

function argumentAs(name: string, arg: Value, type: ValueType): Expr {
  const { expr, kind, source, position } = arg;
  if (kind === "null") return nothing(type);
  if (type === "string" && source !== null) return { kind: "literal", type: "string", value: source };
  if (expr.type === "dynamic")
    return type === "long" ? call("toLong", "long", contentOf(expr, "real")) : contentOf(expr, type);
  if (expr.type === type || (type === "real" && expr.type === "long")) return expr;
  throw new QueryError(`${name} takes ${describe(type)}, not ${describe(expr.type)}`, position);
}

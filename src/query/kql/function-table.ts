import type { Expr } from "../expr.ts";
import type { Arg } from "./arg.ts";

/** What functions may know beside their arguments. */
export interface FunctionContext {
  /** `now()`, the same in the whole query. In ticks. */
  readonly now: bigint;
}

export interface KqlFunction {
  /** How many arguments it takes, at least and at most. */
  readonly arity: readonly [min: number, max: number];
  /** @param args as many as the arity says. */
  bind(args: readonly Arg[], context: FunctionContext): Expr;
}

/** Functions by name. */
export type FunctionTable = Readonly<Record<string, KqlFunction>>;

/** The argument at a place that the arity has made sure of. */
const given = (arg: Arg | undefined): Arg => {
  if (!arg) throw new RangeError("A function was bound without an argument that its arity asks for");
  return arg;
};

export const one = (bind: (value: Arg, context: FunctionContext) => Expr): KqlFunction => ({
  arity: [1, 1],
  bind: ([value], context) => bind(given(value), context),
});

export const oneOrTwo = (bind: (value: Arg, other: Arg | null, context: FunctionContext) => Expr): KqlFunction => ({
  arity: [1, 2],
  bind: ([value, other], context) => bind(given(value), other ?? null, context),
});

export const two = (bind: (first: Arg, second: Arg, context: FunctionContext) => Expr): KqlFunction => ({
  arity: [2, 2],
  bind: ([first, second], context) => bind(given(first), given(second), context),
});

export const twoOrThree = (bind: (first: Arg, second: Arg, third: Arg | null) => Expr): KqlFunction => ({
  arity: [2, 3],
  bind: ([first, second, third]) => bind(given(first), given(second), third ?? null),
});

export const three = (bind: (first: Arg, second: Arg, third: Arg) => Expr): KqlFunction => ({
  arity: [3, 3],
  bind: ([first, second, third]) => bind(given(first), given(second), given(third)),
});

export const threeOrFour = (bind: (first: Arg, second: Arg, third: Arg, fourth: Arg | null) => Expr): KqlFunction => ({
  arity: [3, 4],
  bind: ([first, second, third, fourth]) => bind(given(first), given(second), given(third), fourth ?? null),
});

export const many = (min: number, max: number, bind: (args: readonly Arg[]) => Expr): KqlFunction => ({
  arity: [min, max],
  bind,
});

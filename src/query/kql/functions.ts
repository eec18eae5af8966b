import type { Expr } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import type { Arg } from "./arg.ts";
import type { FunctionContext, FunctionTable } from "./function-table.ts";
import { TEXT_FUNCTIONS } from "./functions-text.ts";
import { TIME_FUNCTIONS } from "./functions-time.ts";
import { VALUE_FUNCTIONS } from "./functions-value.ts";

/** Every scalar function that is supported. */
export const FUNCTIONS: FunctionTable = { ...TEXT_FUNCTIONS, ...TIME_FUNCTIONS, ...VALUE_FUNCTIONS };

/** @throws QueryError for an unknown function, and for arguments that it does not take. */
export function bindFunction(name: string, args: readonly Arg[], position: number, context: FunctionContext): Expr {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new QueryError(`The function ${name}() is not supported`, position);
  assertArity(name, args.length, found.arity, position);
  return found.bind(args, context);
}

export function assertArity(
  name: string,
  count: number,
  [min, max]: readonly [min: number, max: number],
  position: number,
): void {
  if (count >= min && count <= max) return;
  const expected = min === max ? String(min) : `${min} to ${max}`;
  throw new QueryError(`${name}() takes ${expected} ${max === 1 ? "argument" : "arguments"}, not ${count}`, position);
}

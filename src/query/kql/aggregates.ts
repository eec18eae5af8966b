import type { Aggregate, Expr, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { type Arg, expectType, isNumeric } from "./arg.ts";
import { assertArity } from "./functions.ts";

const ORDERED = ["string", "bool", "long", "real", "datetime", "timespan"] as const satisfies readonly ValueType[];
const ANY = [...ORDERED, "dynamic"] as const satisfies readonly ValueType[];

interface AggregateFunction {
  readonly aggregate: Aggregate;
  /** Of the values that it takes; none: it takes none. */
  readonly takes: readonly ValueType[];
  /** Whether the last argument is a condition. */
  readonly isConditional: boolean;
  /** What the column is called that has no name: this, `_`, and the name of the first argument. */
  readonly prefix: string | null;
}

const fn = (
  aggregate: Aggregate,
  takes: readonly ValueType[],
  prefix: string | null,
  isConditional = false,
): AggregateFunction => ({
  aggregate,
  takes,
  prefix,
  isConditional,
});

/** Every aggregate function that is supported. */
export const AGGREGATES: Readonly<Record<string, AggregateFunction>> = {
  count: fn("count", [], "count"),
  countif: fn("count", [], "countif", true),
  dcount: fn("countDistinct", ANY, "dcount"),
  dcountif: fn("countDistinct", ANY, "dcountif", true),
  sum: fn("sum", ["long", "real", "timespan"], "sum"),
  sumif: fn("sum", ["long", "real", "timespan"], "sumif", true),
  avg: fn("average", ["long", "real", "timespan", "datetime"], "avg"),
  avgif: fn("average", ["long", "real", "timespan", "datetime"], "avgif", true),
  min: fn("min", ORDERED, "min"),
  minif: fn("min", ORDERED, "minif", true),
  max: fn("max", ORDERED, "max"),
  maxif: fn("max", ORDERED, "maxif", true),
  any: fn("some", ANY, "any"),
  take_any: fn("some", ANY, null),
  make_list: fn("list", ANY, "list"),
  make_set: fn("set", ANY, "set"),
};

/** Aggregates that the language has and that are not supported. */
const OTHERS = new Set(
  `arg_max arg_min binary_all_and binary_all_or binary_all_xor buildschema count_distinct count_distinctif covariance
   hll hll_if hll_merge make_bag make_bag_if make_dictionary make_list_if make_list_with_nulls make_set_if percentile
   percentilew percentiles percentiles_array percentilesw stdev stdevif stdevp take_anyif tdigest tdigest_merge variance
   varianceif variancep`.split(/\s+/),
);

export const isAggregate = (name: string): boolean => Object.hasOwn(AGGREGATES, name) || OTHERS.has(name);

/** @throws QueryError for an aggregate that is not supported, and for arguments that it does not take. */
export function bindAggregate(name: string, args: readonly Arg[], position: number): Expr {
  const found = Object.hasOwn(AGGREGATES, name) ? AGGREGATES[name] : undefined;
  if (!found) throw new QueryError(`The aggregate function ${name}() is not supported`, position);
  const { aggregate, takes, isConditional } = found;
  const values = takes.length === 0 ? 0 : 1;
  const least = values + (isConditional ? 1 : 0);
  // dcount takes how exact an estimate should be: this one always is.
  const isEstimate = aggregate === "countDistinct";
  assertArity(name, args.length, [least, least + (isEstimate ? 1 : 0)], position);

  const [value, condition] = values === 0 ? [undefined, args[0]] : args;
  const of = value ? expectType(value, `${name}()`, ...takes).expr : null;
  const where = isConditional && condition ? expectType(condition, `${name}()`, "bool").expr : null;
  const accuracy = args[least];
  if (accuracy) expectType(accuracy, `${name}()`, "long");
  return {
    kind: "aggregate",
    type: of ? resultType(aggregate, of.type) : "long",
    aggregate,
    args: of ? [of] : [],
    where,
  };
}

function resultType(aggregate: Aggregate, type: ValueType): ValueType {
  if (aggregate === "countDistinct") return "long";
  if (aggregate === "list" || aggregate === "set") return "dynamic";
  return aggregate === "average" && isNumeric(type) ? "real" : type;
}

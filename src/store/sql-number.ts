import type { Operation, ValueType } from "../query/expr.ts";
import { MAX_TICKS, UNIX_EPOCH_TICKS } from "../query/ticks.ts";
import { type Fragment, sql } from "./sql-fragment.ts";
import { type Names, once } from "./sql-names.ts";
import { secondsOf } from "./sql-value.ts";

/** Longs and time spans end at what 64 bits hold; a time that no calendar has is null. */
function within(type: ValueType, result: Fragment, names: Names): Fragment {
  if (type === "real") return result;
  if (type !== "datetime") return sql`CAST(${result} AS INTEGER)`;
  return once(
    result,
    names,
    (ticks) => sql`CASE WHEN ${ticks} BETWEEN 0 AND ${names.bind(MAX_TICKS)} THEN ${ticks} END`,
  );
}

/** The whole part, towards zero. */
const whole = (real: Fragment): Fragment => sql`CAST(${real} AS INTEGER)`;

const floored = (real: Fragment, names: Names): Fragment =>
  once(real, names, (of) => sql`(${whole(of)} - (${of} < ${whole(of)}))`);

const isReal = (type: ValueType): boolean => type === "real";

/** Arithmetic of two numbers, or of times. @param type of the result. */
export const ARITHMETIC = {
  add: (a, b, type, names) => within(type, sql`(${a} + ${b})`, names),
  subtract: (a, b, type, names) => within(type, sql`(${a} - ${b})`, names),
  multiply: (a, b, type, names) => within(type, sql`(${a} * ${b})`, names),
  divide: (a, b, type, names) =>
    isReal(type) ? sql`(${a} * 1.0 / nullif(${b}, 0))` : within(type, sql`(${a} / nullif(${b}, 0))`, names),
  remainder: (a, b, type, names) =>
    isReal(type)
      ? once(a, names, (x) => once(b, names, (y) => sql`(${x} - ${y} * ${whole(sql`(${x} * 1.0 / nullif(${y}, 0))`)})`))
      : sql`(${a} % nullif(${b}, 0))`,
  modulo: (a, b, type, names) =>
    once(b, names, (divisor) => {
      const size = sql`nullif(abs(${divisor}), 0)`;
      if (!isReal(type)) return sql`((${a} % ${size} + ${size}) % ${size})`;
      return once(a, names, (x) => sql`(${x} - ${size} * ${floored(sql`(${x} * 1.0 / ${size})`, names)})`);
    }),
  floorTo: (a, b, type, names) =>
    once(b, names, (size) => {
      const unit = sql`CASE WHEN ${size} > 0 THEN ${size} END`;
      if (isReal(type)) return sql`(${floored(sql`(${a} * 1.0 / ${unit})`, names)} * ${unit})`;
      return once(a, names, (x) => sql`(${x} - (${x} % ${unit} + ${size}) % ${size})`);
    }),
} as const satisfies Partial<Record<Operation, (a: Fragment, b: Fragment, type: ValueType, names: Names) => Fragment>>;

export const negated = (of: Fragment, type: ValueType): Fragment =>
  isReal(type) ? sql`(-${of})` : sql`CAST(-${of} AS INTEGER)`;

/** SQLite's own fails for the least long. */
export const absolute = (of: Fragment, type: ValueType, names: Names): Fragment =>
  once(of, names, (x) => sql`CASE WHEN ${x} < 0 THEN ${negated(x, type)} ELSE ${x} END`);

/** To a number of decimals, negative for tens. */
export function rounded(of: Fragment, decimals: bigint, names: Names): Fragment {
  if (decimals >= 0n) return sql`round(${of}, ${names.bind(decimals > 15n ? 15n : decimals)})`;
  const unit = names.bind(10 ** Math.min(-Number(decimals), 300));
  return sql`(round(${of} / ${unit}) * ${unit})`;
}

export const floorOf = (of: Fragment, names: Names): Fragment => sql`CAST(${floored(of, names)} AS REAL)`;

export const ceilingOf = (of: Fragment, names: Names): Fragment => sql`(-${floorOf(sql`(-${of})`, names)})`;

const PART_FORMATS = {
  year: sql`'%Y'`,
  month: sql`'%m'`,
  day: sql`'%d'`,
  hour: sql`'%H'`,
  minute: sql`'%M'`,
  second: sql`'%S'`,
  dayOfYear: sql`'%j'`,
} as const satisfies Partial<Record<Operation, Fragment>>;

export type TimePart = keyof typeof PART_FORMATS;

export const isTimePart = (operation: Operation): operation is TimePart => operation in PART_FORMATS;

export const timePart = (part: TimePart, ticks: Fragment): Fragment =>
  sql`CAST(strftime(${PART_FORMATS[part]}, ${secondsOf(ticks)}, 'unixepoch') AS INTEGER)`;

/** The beginning of a month or year, and so many of them later. */
export function startOf(unit: "month" | "year", ticks: Fragment, offset: Fragment, names: Names): Fragment {
  const [start, later] =
    unit === "month" ? [sql`'start of month'`, sql`'%+d months'`] : [sql`'start of year'`, sql`'%+d years'`];
  const seconds = sql`unixepoch(${secondsOf(ticks)}, 'unixepoch', ${start}, printf(${later}, ${offset}))`;
  return within("datetime", sql`(${seconds} * 10000000 + ${names.bind(UNIX_EPOCH_TICKS)})`, names);
}

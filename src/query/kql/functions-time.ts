import { call, long, point, span } from "../build.ts";
import type { Expr, Operation } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { floorMod, startOfCalendar, TICKS_PER_DAY } from "../ticks.ts";
import { type Arg, constantOf, expectType, isNumeric } from "./arg.ts";
import { add } from "./arithmetic.ts";
import { toPoint, toSpan } from "./convert.ts";
import { type FunctionTable, type KqlFunction, one, oneOrTwo, two } from "./function-table.ts";

const DAY = span(TICKS_PER_DAY);
const WEEK = span(7n * TICKS_PER_DAY);
const TICK = span(1n);
const ALMOST_A_DAY = span(TICKS_PER_DAY - 1n);
const ALMOST_A_WEEK = span(7n * TICKS_PER_DAY - 1n);

const at = (expr: Expr, position: number): Arg => ({ expr, position });
const plus = (left: Expr, right: Expr): Expr => add("+", at(left, 0), at(right, 0), 0);
const minus = (left: Expr, right: Expr): Expr => add("-", at(left, 0), at(right, 0), 0);

/** The greatest multiple of a span, counted from 0001-01-01, that is not after the time. */
function floorTime(value: Expr, size: Expr): Expr {
  const [ticks, unit] = [constantOf(value), constantOf(size)];
  if (ticks === undefined || unit === undefined) return call("floorTo", value.type, value, size);
  const floored = ticks === null || unit === null || unit <= 0n ? null : ticks - floorMod(ticks, unit);
  return { kind: "literal", type: value.type, value: floored };
}

/** The number of units that a second argument adds, 0 without one. */
function offsetOf(name: string, offset: Arg | null): Expr {
  return offset ? expectType(offset, `${name}()`, "long").expr : long(0n);
}

const times = (unit: Expr, count: Expr): Expr => {
  const [size, number] = [constantOf(unit), constantOf(count)];
  if (typeof size !== "bigint" || typeof number !== "bigint") return call("multiply", "timespan", unit, count);
  return span(size * number);
};

function startOf(unit: "day" | "week", value: Expr, offset: Expr): Expr {
  const day = floorTime(value, DAY);
  if (unit === "day") return plus(day, times(DAY, offset));
  return plus(minus(day, sinceSunday(day)), times(WEEK, offset));
}

/** The time span from Sunday on; 0001-01-01 was a Monday. */
function sinceSunday(day: Expr): Expr {
  const ticks = constantOf(day);
  if (ticks === undefined) {
    return call("modulo", "timespan", plus(call("modulo", "timespan", day, WEEK), DAY), WEEK);
  }
  return span(ticks === null ? null : (ticks + TICKS_PER_DAY) % (7n * TICKS_PER_DAY));
}

function startOfUnit(unit: "month" | "year", value: Expr, offset: Expr): Expr {
  const [ticks, count] = [constantOf(value), constantOf(offset)];
  if (ticks === undefined || count === undefined) {
    return call(unit === "month" ? "startOfMonth" : "startOfYear", "datetime", value, offset);
  }
  return point(ticks === null || count === null ? null : startOfCalendar(ticks, unit, count));
}

type Unit = "day" | "week" | "month" | "year";

/** `startofday` and so on; the end of a unit is a tick before the next one. */
const boundary = (name: string, unit: Unit, isEnd: boolean): KqlFunction =>
  oneOrTwo((value, offset) => {
    const of = expectType(value, `${name}()`, "datetime").expr;
    const given = offsetOf(name, offset);
    if (unit === "day" || unit === "week") {
      const start = startOf(unit, of, given);
      return isEnd ? plus(start, unit === "day" ? ALMOST_A_DAY : ALMOST_A_WEEK) : start;
    }
    if (!isEnd) return startOfUnit(unit, of, given);
    const constant = constantOf(given);
    const next = typeof constant === "bigint" ? long(constant + 1n) : call("add", "long", given, long(1n));
    return minus(startOfUnit(unit, of, next), TICK);
  });

const part = (name: string, operation: Operation): KqlFunction =>
  one((value) => call(operation, "long", expectType(value, `${name}()`, "datetime").expr));

/** `bin` and `floor`: the greatest multiple of the second that is not above the first. */
const bin = (name: string): KqlFunction =>
  two((value, size) => {
    const [type, unit] = [value.expr.type, size.expr.type];
    if ((type === "datetime" || type === "timespan") && unit === "timespan") return floorTime(value.expr, size.expr);
    if (isNumeric(type) && isNumeric(unit)) {
      return call("floorTo", type === "real" || unit === "real" ? "real" : "long", value.expr, size.expr);
    }
    throw new QueryError(`${name}() is not defined for ${type} and ${unit}`, size.position);
  });

export const TIME_FUNCTIONS: FunctionTable = {
  now: {
    arity: [0, 1],
    bind: ([offset], { now }) => (offset ? plus(point(now), expectType(offset, "now()", "timespan").expr) : point(now)),
  },
  ago: one((before, { now }) => minus(point(now), expectType(before, "ago()", "timespan").expr)),
  todatetime: one(toPoint),
  totimespan: one(toSpan),
  startofday: boundary("startofday", "day", false),
  endofday: boundary("endofday", "day", true),
  startofweek: boundary("startofweek", "week", false),
  endofweek: boundary("endofweek", "week", true),
  startofmonth: boundary("startofmonth", "month", false),
  endofmonth: boundary("endofmonth", "month", true),
  startofyear: boundary("startofyear", "year", false),
  endofyear: boundary("endofyear", "year", true),
  bin: bin("bin"),
  floor: bin("floor"),
  getyear: part("getyear", "year"),
  getmonth: part("getmonth", "month"),
  monthofyear: part("monthofyear", "month"),
  dayofmonth: part("dayofmonth", "day"),
  dayofyear: part("dayofyear", "dayOfYear"),
  hourofday: part("hourofday", "hour"),
  /** Days since Sunday, as a time span. */
  dayofweek: one((value) => sinceSunday(floorTime(expectType(value, "dayofweek()", "datetime").expr, DAY))),
};

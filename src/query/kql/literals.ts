import { bool, long, nothing, point, span, text } from "../build.ts";
import type { Literal, ValueType } from "../expr.ts";
import { QueryError } from "../query-error.ts";
import {
  MAX_SPAN,
  parsePoint,
  TICKS_PER_DAY,
  TICKS_PER_HOUR,
  TICKS_PER_MINUTE,
  TICKS_PER_MS,
  TICKS_PER_SECOND,
  ticksOfSpan,
} from "../ticks.ts";
import { readDynamic } from "./dynamic.ts";

/** Units of a time span by every name that they have. */
const UNITS: ReadonlyMap<string, bigint> = new Map(
  (
    [
      ["d day days", TICKS_PER_DAY],
      ["h hr hrs hour hours", TICKS_PER_HOUR],
      ["m min minute minutes", TICKS_PER_MINUTE],
      ["s sec second seconds", TICKS_PER_SECOND],
      ["ms milli millis millisec millisecond milliseconds", TICKS_PER_MS],
      ["micro micros microsec microsecond microseconds", 10n],
      ["tick ticks", 1n],
    ] as const
  ).flatMap(([names, ticks]) => names.split(" ").map((name) => [name, ticks] as const)),
);

/** Types that a literal can name, `long(1)`, and what they are here. */
const LITERAL_TYPES: Readonly<Record<string, ValueType>> = {
  bool: "bool",
  boolean: "bool",
  date: "datetime",
  datetime: "datetime",
  double: "real",
  dynamic: "dynamic",
  int: "long",
  long: "long",
  real: "real",
  time: "timespan",
  timespan: "timespan",
};

/** Types that literals of the language can name, and that nothing here has. */
const OTHER_TYPES = new Set(["decimal", "guid", "uniqueid", "uuid"]);

export const isLiteralType = (name: string): boolean => Object.hasOwn(LITERAL_TYPES, name) || OTHER_TYPES.has(name);

/** `number` times the unit in whole ticks; null where no 64 bits hold it. */
function scaled(number: string, unit: bigint): bigint | null {
  const [whole = "0", fraction = ""] = number.split(".");
  const ticks = (BigInt(whole + fraction) * unit) / 10n ** BigInt(fraction.length);
  return ticks <= MAX_SPAN ? ticks : null;
}

const UNIT_SPAN = /^(-?)\s*(\d{1,19}(?:\.\d{1,9})?)\s*([a-z]+)$/;
/** Each unit once, the largest first. */
const SUM_SPAN = /^(\d{1,8}d)?(\d{1,8}h)?(\d{1,8}m)?(\d{1,8}s)?(\d{1,8}ms)?$/;
const CLOCK_SPAN = /^(-?)(?:(\d{1,8})\.)?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?$/;

/** `2h30m` → ticks; null for anything else. Microsoft's parser does not know it, and people write it. */
function parseSum(literal: string): bigint | null {
  const parts = SUM_SPAN.exec(literal)?.slice(1).filter(Boolean) ?? [];
  if (parts.length === 0) return null;
  return parts.reduce((sum, part) => {
    const unit = part.replace(/^\d+/, "");
    return sum + BigInt(part.slice(0, -unit.length)) * (UNITS.get(unit) ?? 0n);
  }, 0n);
}

/** `1d`, `2.5h`, `1.02:03:04.5`, or a number of days → ticks; null for anything else. */
export function parseSpan(literal: string): bigint | null {
  const trimmed = literal.trim();
  const [, sign, number, unit = ""] = UNIT_SPAN.exec(trimmed) ?? [];
  const ticks = UNITS.get(unit);
  if (number !== undefined && ticks !== undefined) return signed(scaled(number, ticks), sign);
  if (/^-?\d{1,8}$/.test(trimmed)) return BigInt(trimmed) * TICKS_PER_DAY;
  const [, clockSign, days = "0", hours, minutes = "0", seconds = "0", fraction = ""] = CLOCK_SPAN.exec(trimmed) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  return signed(ticksOfSpan({ days, hours, minutes, seconds, fraction }), clockSign);
}

const signed = (ticks: bigint | null, sign: string | undefined): bigint | null =>
  ticks !== null && sign === "-" ? -ticks : ticks;

const MAX_LONG = 9_223_372_036_854_775_807n;
const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_]\w*/y;

/** The number or time span that begins at `position`, and where it ends; null where there is none. */
export function readNumber(query: string, position: number): { literal: Literal; end: number } | null {
  NUMBER.lastIndex = position;
  const digits = NUMBER.exec(query)?.[0];
  if (digits === undefined) return null;
  const end = position + digits.length;
  WORD.lastIndex = end;
  const unit = WORD.exec(query)?.[0];
  if (unit === undefined) return { literal: numberOf(digits, position), end };
  const ticks = /^[\d.]+$/.test(digits) ? UNITS.get(unit) : undefined;
  const plain = digits.endsWith(".") ? digits.slice(0, -1) : digits;
  const total = ticks === undefined ? parseSum(digits + unit) : scaled(plain, ticks);
  if (total === null) throw new QueryError(`"${digits}${unit}" is neither a number nor a time span`, position);
  return { literal: span(total), end: end + unit.length };
}

function numberOf(digits: string, position: number): Literal {
  if (!/^0x/i.test(digits) && /[.e]/i.test(digits)) return { kind: "literal", type: "real", value: Number(digits) };
  const value = BigInt(digits);
  if (value > MAX_LONG) throw new QueryError(`${digits} is larger than a long can be`, position);
  return long(value);
}

/**
 * `type(body)`, such as `datetime(2019-01-01)`.
 *
 * @throws QueryError where the body is no value of the type.
 */
export function typedLiteral(typeName: string, body: string, position: number): Literal {
  const type = LITERAL_TYPES[typeName];
  if (type === undefined) throw new QueryError(`The type ${typeName} is not supported`, position);
  const trimmed = body.trim();
  const literal = trimmed === "null" ? nothing(type) : contentOf(type, trimmed, position);
  if (literal === null) throw new QueryError(`"${trimmed.slice(0, 40)}" is no ${typeName}`, position);
  return literal;
}

function contentOf(type: ValueType, body: string, position: number): Literal | null {
  const unquoted = /^(['"])(.*)\1$/s.exec(body)?.[2] ?? body;
  switch (type) {
    case "datetime": {
      const ticks = parsePoint(unquoted);
      return ticks === null ? null : point(ticks);
    }
    case "timespan": {
      const ticks = parseSpan(unquoted);
      return ticks === null ? null : span(ticks);
    }
    case "bool":
      return /^(?:true|false|[01])$/i.test(body) ? bool(/^(?:true|1)$/i.test(body)) : null;
    case "long": {
      if (!/^-?(?:\d{1,19}|0[xX][0-9a-fA-F]{1,16})$/.test(body)) return null;
      const size = BigInt(body.replace("-", ""));
      return size > MAX_LONG ? null : long(body.startsWith("-") ? -size : size);
    }
    case "real": {
      const isNumber = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(body) && Number.isFinite(Number(body));
      return isNumber ? { kind: "literal", type: "real", value: Number(body) } : null;
    }
    case "dynamic":
      return { kind: "literal", type: "dynamic", value: readDynamic(body, position) };
    case "string":
      return text(unquoted);
  }
}

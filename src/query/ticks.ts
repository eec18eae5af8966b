/**
 * Points and spans of time as the query languages count them: ticks of 100 ns, points from
 * 0001-01-01 UTC on, as `bigint` because a double does not hold them.
 */
export const TICKS_PER_MS = 10_000n;
export const TICKS_PER_SECOND = 10_000_000n;
export const TICKS_PER_MINUTE = 60n * TICKS_PER_SECOND;
export const TICKS_PER_HOUR = 60n * TICKS_PER_MINUTE;
export const TICKS_PER_DAY = 24n * TICKS_PER_HOUR;

/** 1970-01-01. */
export const UNIX_EPOCH_TICKS = 621_355_968_000_000_000n;

/** 9999-12-31T23:59:59.9999999. */
export const MAX_TICKS = 3_155_378_975_999_999_999n;

/** The longest time span, in both directions: what 64 bits hold. */
export const MAX_SPAN = 9_223_372_036_854_775_807n;

/** ms since 1970 → ticks. */
export const ticksOfMs = (ms: number): bigint => BigInt(ms) * TICKS_PER_MS + UNIX_EPOCH_TICKS;

/** Ticks → the last whole ms since 1970, and the 0 to 9,999 ticks above it. */
export function splitTicks(ticks: bigint): { readonly ms: bigint; readonly sub: bigint } {
  const sub = floorMod(ticks, TICKS_PER_MS);
  return { ms: (ticks - UNIX_EPOCH_TICKS - sub) / TICKS_PER_MS, sub };
}

/** A length of time by its digits, those behind the point of the second included, at most 7 → ticks. */
export const ticksOfSpan = (span: {
  days: string;
  hours: string;
  minutes: string;
  seconds: string;
  fraction: string;
}): bigint =>
  BigInt(span.days) * TICKS_PER_DAY +
  BigInt(span.hours) * TICKS_PER_HOUR +
  BigInt(span.minutes) * TICKS_PER_MINUTE +
  BigInt(span.seconds) * TICKS_PER_SECOND +
  BigInt(span.fraction.padEnd(7, "0"));

/** The remainder that has the sign of `divisor`. */
export const floorMod = (value: bigint, divisor: bigint): bigint => ((value % divisor) + divisor) % divisor;

/** Whether a calendar has the point in time. */
export const isPoint = (ticks: bigint): boolean => ticks >= 0n && ticks <= MAX_TICKS;

const POINT = /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:T| +)(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;
const YEAR_AND_MONTH = /^(\d{4})(?:-(\d\d?))?$/;

/**
 * ISO 8601, a little more freely: a year, a month, a date, or a date and time with up to 9 decimals of
 * the second (7 are kept). UTC where it names no zone.
 *
 * @returns ticks; null for anything else, and for days and hours that do not exist.
 */
export function parsePoint(text: string): bigint | null {
  const trimmed = text.trim();
  const [, wholeYear, wholeMonth = "1"] = YEAR_AND_MONTH.exec(trimmed) ?? [];
  if (wholeYear !== undefined) return pointOf(Number(wholeYear), Number(wholeMonth), 1, 0n);
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] =
    POINT.exec(trimmed) ?? [];
  if (year === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const offset = offsetOf(zone);
  if (offset === null) return null;
  const time = ticksOfSpan({
    days: "0",
    hours: hour,
    minutes: minute,
    seconds: second,
    fraction: fraction.slice(0, 7),
  });
  return pointOf(Number(year), Number(month), Number(day), time - offset);
}

/** `+02:00` → ticks; null where no zone is. */
function offsetOf(zone: string): bigint | null {
  if (/^z$/i.test(zone)) return 0n;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return null;
  const offset = BigInt(hours) * TICKS_PER_HOUR + BigInt(minutes) * TICKS_PER_MINUTE;
  return zone.startsWith("-") ? -offset : offset;
}

function pointOf(year: number, month: number, day: number, time: bigint): bigint | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const ticks = ticksOfMs(date.getTime()) + time;
  return isPoint(ticks) ? ticks : null;
}

/** The beginning of the month, or of the year, that lies `offset` months or years after that of `ticks`. */
export function startOfCalendar(ticks: bigint, unit: "month" | "year", offset: bigint): bigint | null {
  const date = new Date(Number(splitTicks(ticks).ms));
  const months = unit === "year" ? offset * 12n : offset;
  const month = unit === "year" ? 0n : BigInt(date.getUTCMonth());
  const count = BigInt(date.getUTCFullYear()) * 12n + month + months;
  if (count < 12n || count >= 120_000n) return null;
  return pointOf(Number(count / 12n), Number(count % 12n) + 1, 1, 0n);
}

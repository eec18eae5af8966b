/** A point in time to 100 ns. */
export interface ExactTime {
  /** Since 1970-01-01 UTC. */
  readonly ms: number;
  /** Ticks of 100 ns below the millisecond, 0 to 9,999. */
  readonly sub: number;
}

const ISO_TIME =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

const MS_PER_MINUTE = 60_000;

/**
 * ISO 8601: a date, or a date and time with up to 9 decimals of the second (7 are kept). UTC where
 * it names no zone. Years have four digits, or a sign and six.
 *
 * @returns null for anything else, and for days and hours that do not exist.
 */
export function parseIsoTime(text: string): ExactTime | null {
  const fields = ISO_TIME.exec(text);
  if (!fields) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = fields;
  const utc = utcTime(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  const offset = offsetMinutes(zone);
  if (utc === null || offset === null) return null;
  const ticks = Number(fraction.slice(0, 7).padEnd(7, "0"));
  return { ms: utc - offset * MS_PER_MINUTE + Math.floor(ticks / 10_000), sub: ticks % 10_000 };
}

/** {@link parseIsoTime} reads it back: with 3 decimals, or with 7 where there are ticks. */
export function formatExactTime({ ms, sub }: ExactTime): string {
  const text = new Date(ms).toISOString();
  return sub === 0 ? text : `${text.slice(0, -1)}${String(sub).padStart(4, "0")}Z`;
}

const LOG_TIME = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})$/;

/** How long {@link LOG_TIME} is. */
export const LOG_TIME_LENGTH = "17/May/2015:10:05:03 +0000".length;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `17/May/2015:10:05:03 +0200`, as web servers write it → ms; null for anything else. */
export function parseLogTime(text: string): number | null {
  const fields = LOG_TIME.exec(text);
  if (!fields) return null;
  const [, day, month = "", year, hour, minute, second, zone = ""] = fields;
  const monthNumber = MONTHS.indexOf(month) + 1;
  const utc = utcTime(Number(year), monthNumber, Number(day), Number(hour), Number(minute), Number(second));
  const offset = offsetMinutes(zone);
  return utc === null || offset === null ? null : utc - offset * MS_PER_MINUTE;
}

/** Null for a time that no calendar has. Second 60 is a leap second and counts as the next minute. */
function utcTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | null {
  if (hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  // Date.UTC takes years below 100 for those of the 20th century.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.setUTCHours(hour, minute, second);
}

/** `Z`, `+02`, `+0200` or `+02:00` → minutes east of UTC; null where no zone is. */
function offsetMinutes(zone: string): number | null {
  if (/^z$/i.test(zone)) return 0;
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (sign === undefined || Number(minutes) > 59 || total > 14 * 60) return null;
  return sign === "-" ? -total : total;
}

import { MS_PER_DAY } from "../lib/clock.ts";
import { invalidQuery } from "./errors.ts";

const TIME = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

export const TIME_EXPECTED = "Must be an ISO 8601 time, a date, or milliseconds since 1970";

/**
 * `2026-06-07T14:22:10Z`, `2026-06-07` or ms since 1970 → ms; null for anything else.
 *
 * @param end which end of a bare date is meant.
 */
export function parseTimeBound(text: string, end: "first" | "last"): number | null {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  // A plus that was not escaped in a query arrives as a blank.
  const iso = text.replace(/ (?=\d{2}:?\d{2}$)/, "+");
  const [, date, zone] = TIME.exec(iso) ?? [];
  if (date === undefined || !isCalendarDay(date)) return null;
  const isDate = iso === date;
  // Without a zone JavaScript would read local time, which depends on the machine.
  const ms = Date.parse(isDate || zone !== undefined ? iso : `${iso}Z`);
  if (Number.isNaN(ms)) return null;
  return isDate && end === "last" ? ms + MS_PER_DAY - 1 : ms;
}

/**
 * The same of a query parameter; undefined where it is left out.
 *
 * @throws `invalid_input` that names the parameter.
 */
export function decodeTimeBound(
  parameter: string,
  text: string | undefined,
  end: "first" | "last",
): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseTimeBound(text, end);
  if (ms === null) throw invalidQuery(parameter, TIME_EXPECTED);
  return ms;
}

/** Whether the month has the day: JavaScript takes February 30 for March 2. */
function isCalendarDay(date: string): boolean {
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

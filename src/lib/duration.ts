import { MS_PER_DAY, MS_PER_SECOND } from "./clock.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: MS_PER_SECOND,
  m: 60 * MS_PER_SECOND,
  h: 3_600 * MS_PER_SECOND,
  d: MS_PER_DAY,
};

/** `500ms`, `90s`, `15m`, `24h`, `7d` → ms; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, number, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}

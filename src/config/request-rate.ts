import type { Rate } from "../lib/rate-limiter.ts";
import { wrongValue } from "./config-error.ts";
import type { SettingName } from "./settings.ts";

const WINDOWS_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };

/**
 * `20/s`, `1200/min`, `5000/h`, or `off`: null, any number.
 *
 * @throws ConfigError
 */
export function parseRequestRate(name: SettingName, value: string): Rate | null {
  if (value === "off") return null;
  const [, limit, unit = ""] = /^([1-9]\d{0,6})\/(s|min|h)$/.exec(value) ?? [];
  const windowMs = WINDOWS_MS[unit];
  if (limit === undefined || windowMs === undefined) {
    throw wrongValue(name, value, "off, or a number of requests and a unit: 20/s, 1200/min or 5000/h");
  }
  return { limit: Number(limit), windowMs };
}

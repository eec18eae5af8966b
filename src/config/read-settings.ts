import { isCronPattern } from "../lib/cron.ts";
import { parseDuration } from "../lib/duration.ts";
import { isNetwork } from "../lib/ip-address.ts";
import { splitList } from "../lib/split-list.ts";
import { wrongValue } from "./config-error.ts";
import { type Environment, SETTINGS, type SettingName, variableOf } from "./settings.ts";

/** What is set; null: nothing, as is an empty value. */
export function read(env: Environment, name: SettingName): string | null {
  return env[variableOf(name)] || null;
}

/** What is set, else the default, else nothing. */
export function readOrDefault(env: Environment, name: SettingName): string {
  return read(env, name) ?? SETTINGS[name].default ?? "";
}

/** @throws ConfigError, as all below, for a value that the setting cannot have. */
export function readChoice<T extends string>(env: Environment, name: SettingName, allowed: readonly T[]): T {
  const value = readOrDefault(env, name);
  const found = allowed.find((choice) => choice === value);
  if (found === undefined) throw wrongValue(name, value, `one of ${allowed.join(", ")}`);
  return found;
}

/** Visible ASCII only: it has to fit in a header. */
export function readSecret(env: Environment, name: SettingName, minLength: number): string | null {
  const value = read(env, name);
  if (value !== null && (value.length < minLength || !/^[\x21-\x7e]+$/.test(value))) {
    throw wrongValue(name, value, `at least ${minLength} visible ASCII characters, without blanks`);
  }
  return value;
}

export function readCron(env: Environment, name: SettingName): string {
  const value = readOrDefault(env, name);
  if (!isCronPattern(value)) throw wrongValue(name, value, 'a cron pattern that comes due, such as "0 3 * * *"');
  return value;
}

/** In ms. */
export function readDuration(env: Environment, name: SettingName): number {
  const value = readOrDefault(env, name);
  const ms = parseDuration(value);
  if (ms === null) throw wrongValue(name, value, "a number and a unit: 30m, 24h or 7d");
  return ms;
}

export function readCount(env: Environment, name: SettingName): number {
  const value = readOrDefault(env, name);
  if (!/^\d{1,12}$/.test(value)) throw wrongValue(name, value, "a whole number");
  return Number(value);
}

/** `off` is none. */
export function readNetworks(env: Environment, name: SettingName): readonly string[] {
  const value = readOrDefault(env, name);
  const networks = value === "off" ? [] : splitList(value);
  if (!networks.every(isNetwork)) {
    throw wrongValue(name, value, "off, or addresses and networks such as 10.0.0.0/8,::1, separated by commas");
  }
  return networks;
}

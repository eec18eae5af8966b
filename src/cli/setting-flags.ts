import type { Command } from "commander";
import { type Environment, flagOf, SETTING_NAMES, SETTINGS, type SettingName, variableOf } from "../config/settings.ts";

/** The settings that say where the database is and how to use it. */
export const DATABASE_SETTINGS = ["DATABASE_URL", "DATABASE_AUTH_TOKEN", "LOG_LEVEL"] as const;

/** What commander makes of flags; names are in camel case. */
export type Flags = Readonly<Record<string, unknown>>;

/** Where a command differs from the server: what it does is told by its output. */
const COMMAND_DEFAULTS: Partial<Record<SettingName, string>> = { LOG_LEVEL: "warn" };

/** Gives a command a flag for each of the settings; `serve` has all of them. */
export function addSettingFlags(command: Command, names: readonly SettingName[] = SETTING_NAMES): Command {
  command.optionsGroup("Settings, each also by its variable:");
  for (const name of names) {
    const setting = SETTINGS[name];
    const value = (names === SETTING_NAMES ? undefined : COMMAND_DEFAULTS[name]) ?? setting.default;
    const standard = value === null ? "" : `; default: ${value}`;
    command.option(`${flagOf(name)} <${setting.value}>`, `${setting.help} [${variableOf(name)}${standard}]`);
  }
  return command;
}

/** The variables of the environment, with what was said by flags put over them. */
export function withFlags(environment: Environment, flags: Flags): Environment {
  const merged: Record<string, string | undefined> = { ...environment };
  for (const name of SETTING_NAMES) {
    const said = flags[camelCase(name)];
    if (typeof said === "string") merged[variableOf(name)] = said;
  }
  return merged;
}

/** `DATABASE_URL` → `databaseUrl`. */
const camelCase = (name: SettingName): string =>
  name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

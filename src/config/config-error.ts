import { flagOf, SETTINGS, type SettingName, variableOf } from "./settings.ts";

/** A setting has a value that it cannot have; the message names it, the value and what is allowed. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/**
 * @param allowed what the value must be, to follow "it must be".
 */
export function wrongValue(name: SettingName, value: string, allowed: string): ConfigError {
  const shown = SETTINGS[name].secret ? `*** (${value.length} characters)` : JSON.stringify(hideCredentials(value));
  return new ConfigError(`${variableOf(name)} (or ${flagOf(name)}) is ${shown}; it must be ${allowed}`);
}

/** `libsql://user:secret@host?authToken=…` without what must not be seen. */
export function hideCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//***@").replace(/([?&]authToken=)[^&]*/gi, "$1***");
}

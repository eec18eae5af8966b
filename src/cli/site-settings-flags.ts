import type { Command } from "commander";
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from "../domain/site.ts";
import type { SiteSettingsInput } from "../domain/site-settings.ts";
import { splitList } from "../lib/split-list.ts";
import { parseNumber } from "./parse-number.ts";

/** What takes a setting back: commander knows no null. */
const OFF = "off";

/** What commander makes of the flags of a site's settings. */
export interface SiteSettingsFlags {
  readonly publicRead?: boolean;
  readonly allowedOrigins?: readonly string[] | typeof OFF;
  readonly honorGpc?: boolean;
  readonly honorDnt?: boolean;
  readonly retentionDays?: number | typeof OFF;
  readonly attributionWindowDays?: number;
  readonly eventsPerMinute?: number | typeof OFF;
}

/** Gives a command the flags of a site's settings. */
export function addSiteSettingsFlags(command: Command): Command {
  return command
    .option("--public-read", "its events can be read without a key")
    .option("--no-public-read", "they cannot (at first)")
    .option(
      "--allowed-origins <list>",
      "origins whose pages may post, separated by commas; off for every one",
      parseList,
    )
    .option("--honor-gpc", "Sec-GPC: 1 keeps an event without visitor and session (at first)")
    .option("--no-honor-gpc", "it does not")
    .option("--honor-dnt", "the same for DNT: 1")
    .option("--no-honor-dnt", "it does not (at first)")
    .option("--retention-days <number>", "remove events for good that are older; off to keep them", parseNumberOrOff)
    .option("--attribution-window-days <number>", "how long a click counts for what its customer does", parseNumber)
    .option("--events-per-minute <number>", "how many events it takes a minute; off for any number", parseNumberOrOff);
}

/** The settings among the flags that were given. */
export function siteSettingsOf(flags: SiteSettingsFlags): SiteSettingsInput {
  const names = Object.keys(DEFAULT_SITE_SETTINGS) as (keyof SiteSettings)[];
  const said = names.filter((name) => flags[name] !== undefined);
  return Object.fromEntries(said.map((name) => [name, flags[name] === OFF ? null : flags[name]]));
}

const parseNumberOrOff = (text: string): number | typeof OFF => (text === OFF ? OFF : parseNumber(text));

const parseList = (text: string): readonly string[] | typeof OFF => (text === OFF ? OFF : splitList(text));

import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * "Events" of AttractOS, word for word: its clients are what the tests run, its examples what they
 * expect.
 */
const GUIDE = readFileSync(join(import.meta.dir, "attractos-events.txt"), "utf8");

/** What the guide calls its server, its key and its site. */
export const GUIDE_HOST = "https://attractos.com";
export const GUIDE_KEY = "YOUR_API_KEY";
export const GUIDE_SITE = "site_abc123";

function between(start: string, end: string): string {
  const from = GUIDE.indexOf(start);
  const to = GUIDE.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`The guide has no text from "${start}" to "${end}"`);
  return GUIDE.slice(from, to + end.length);
}

/** `async function getAllConversions(siteId, startDate, endDate)` */
export const JAVASCRIPT_CLIENT = between("async function getAllConversions", "  return events;\n}");

/** `def get_all_events(site_id, event_type=None, start=None, end=None)` */
export const PYTHON_CLIENT = between("import requests", "    return events\n");

/** The two curl commands, one after the other. */
export const COMMANDS: readonly string[] = GUIDE.match(/^curl .*\\\n.*$/gm) ?? [];

/** The answer that it shows: a bot, a referral and a conversion. */
export const EXAMPLE = JSON.parse(/^\{\n.*?^\}$/ms.exec(GUIDE.slice(GUIDE.indexOf("Response\n\n200")))?.[0] ?? "") as {
  events: Record<string, unknown>[];
  next_cursor: string;
};

/** The errors that it lists: `400 MISSING_SITE_ID …`. */
export const ERRORS: readonly string[] = Array.from(
  GUIDE.matchAll(/^(\d{3}) ([A-Z_]+) /gm),
  ([, status, code]) => `${status} ${code}`,
);

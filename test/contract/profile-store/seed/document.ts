import { readFileSync } from "node:fs";
import { join } from "node:path";

/** "Track events" of the Optimizely Profile Store, word for word: its examples are what the tests send and expect. */
const DOCUMENT = readFileSync(join(import.meta.dir, "track-events.txt"), "utf8");

/** What stands between one line and another one. */
function between(start: string, end: string): string {
  const from = DOCUMENT.indexOf(start) + start.length;
  return DOCUMENT.slice(from, DOCUMENT.indexOf(end, from)).trim();
}

/** The track event object of the document, as it is written. */
export const EXAMPLE_EVENT = between("\nExample\n", "\nTrackEvents methods\n");

/** The body of the example request, as it is written: the query goes over several lines, as no JSON may. */
const REQUEST = between("accept: application/json\n", "\nExample response data\n");

const [, query = "", scope = ""] = /"Query" : "(.*?)",\s*"Scope" : "(.*?)"/s.exec(REQUEST) ?? [];

export const EXAMPLE_REQUEST = { Query: query, Scope: scope };

export const EXAMPLE_RESPONSE = JSON.parse(between("\nExample response data\n", "\nDELETE api/")) as {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly count: number;
};

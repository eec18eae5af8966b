import { invalidQuery } from "./errors.ts";
import type { EventFilter } from "./ports.ts";
import { isCleanText } from "./text.ts";
import { decodeTimeBound } from "./time-bound.ts";

/** A filter as people write it, in the parameters of the collection API; an empty one filters nothing. */
export interface FilterTexts {
  readonly eventType?: string | undefined;
  readonly eventName?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly visitorId?: string | undefined;
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  /** ISO 8601, ms since 1970, or a date: its first ms in `from`, its last one in `to`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly includeTest?: string | undefined;
  /** `exclude` leaves out what bots did. */
  readonly bots?: string | undefined;
}

/** Filters on texts, and the parameters that carry them. */
const TEXT_FILTERS = {
  type: "eventType",
  sessionId: "sessionId",
  visitorId: "visitorId",
  name: "eventName",
  url: "url",
  pathPrefix: "path",
} as const satisfies Partial<Record<keyof EventFilter, keyof FilterTexts>>;

/** @throws `invalid_input` that names the parameter. */
export function parseEventFilter(siteId: number, filter: FilterTexts): EventFilter {
  const texts: Record<string, string> = {};
  for (const [condition, parameter] of Object.entries(TEXT_FILTERS)) {
    const text = filter[parameter];
    if (text === undefined || text === "") continue;
    if (!isCleanText(text)) throw invalidQuery(parameter, "Must not contain NUL characters");
    texts[condition] = condition === "pathPrefix" ? encodePath(text) : text;
  }
  const from = decodeTimeBound("from", filter.from, "first");
  const to = decodeTimeBound("to", filter.to, "last");
  if (from !== undefined && to !== undefined && from > to) throw invalidQuery("to", "Must not be before `from`");
  return {
    siteId,
    ...texts,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(filter.includeTest === "true" ? { includeTest: true } : {}),
    ...(filter.bots === "exclude" ? { excludeBots: true } : {}),
  };
}

/** Paths are stored as URLs write them, and parameters arrive decoded: `/über` → `/%C3%BCber`. */
const encodePath = (path: string): string => path.replace(/[^\x21-\x7e]|["<>^`{}]/gu, encodeURIComponent);

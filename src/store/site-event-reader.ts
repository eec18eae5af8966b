import type { SiteEvent, SiteEventReader } from "../domain/site-events.ts";
import { kindOf } from "./event-kind.ts";
import type { ReadCell } from "./event-reader.ts";
import type { Statement } from "./event-sql.ts";
import { countBySite, SELECT_TIME, selectSiteEvents, summarizeSiteEvents } from "./site-event-sql.ts";

/** A page that holds more rows than this is read off-thread. */
const BOUNDED_ROWS = 500;

type Row = [
  id: number,
  kind: number,
  occurredAt: number,
  path: string | null,
  country: string | null,
  botName: string | null,
  botCompany: string | null,
  aiSource: string | null,
  name: string | null,
  valueMicros: number | null,
];

type Summary = [
  bots: number,
  referrals: number,
  conversions: number,
  byBot: [name: string, company: string | null, count: number][],
  bySource: [source: string, count: number][],
  byName: [name: string | null, count: number, valueMicros: number][],
];

/**
 * @param lanes `bounded`: reads on the main thread, `unbounded`: off-thread with a deadline.
 */
export function createSiteEventReader(lanes: { bounded: ReadCell; unbounded: ReadCell }): SiteEventReader {
  const { bounded, unbounded } = lanes;
  const read = async <T>(lane: ReadCell, siteIds: readonly number[], { sql, args }: Statement) =>
    JSON.parse(String(await lane(sql, args, { eventsOf: siteIds }))) as T;

  return {
    async listSiteEvents(query) {
      // One more than asked for: the first of the next page.
      const lane = query.limit <= BOUNDED_ROWS ? bounded : unbounded;
      const rows = await read<Row[]>(lane, [query.siteId], selectSiteEvents(query, query.limit + 1));
      const events = rows.map(decodeRow);
      const next = events.length > query.limit ? events.pop() : undefined;
      return { events, next: next ? { occurredAt: next.occurredAt, id: next.id } : null };
    },
    async findTime(siteId, id) {
      const time = await bounded(SELECT_TIME, [siteId, id], { orOlder: true });
      return time === null ? null : Number(time);
    },
    async countSiteEvents(siteIds, range) {
      const counts = await read<Record<string, number>>(unbounded, siteIds, countBySite(siteIds, range));
      return new Map(Object.entries(counts).map(([id, count]) => [Number(id), count]));
    },
    async summarize(query) {
      const [bot, referral, conversion, bots, sources, names] = await read<Summary>(
        unbounded,
        [query.siteId],
        summarizeSiteEvents(query),
      );
      return {
        totals: { bot, referral, conversion },
        bots: bots.map(([name, company, count]) => ({ name, company, count })),
        sources: sources.map(([source, count]) => ({ source, count })),
        conversions: names.map(([name, count, valueMicros]) => ({ name, count, valueMicros })),
      };
    },
  };
}

const decodeRow = ([
  id,
  kind,
  occurredAt,
  path,
  country,
  botName,
  botCompany,
  aiSource,
  name,
  valueMicros,
]: Row): SiteEvent => ({
  id,
  kind: kindOf(kind),
  occurredAt,
  path,
  country,
  botName,
  botCompany,
  aiSource,
  name,
  valueMicros,
});

import type { Order } from "../domain/page.ts";
import type { EventFilter, EventListQuery } from "../domain/ports.ts";
import { dayOf, MS_PER_DAY } from "../lib/clock.ts";
import { SELECT_ROW } from "./event-columns.ts";
import { BOT_KINDS, KIND, KIND_INDEX } from "./event-kind.ts";
import type { SqlValue } from "./read-pool.ts";

/** SQL with numbered parameters. Values never become SQL text. */
export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}

/** Collects values and hands out their placeholders. */
export function createArguments() {
  const args: SqlValue[] = [];
  return { args, bind: (value: SqlValue) => `?${args.push(value)}` };
}
export type Bind = (value: SqlValue) => string;

/** Of the events that can be seen; the list indexes hold no others. */
export const IS_LIVE = "deleted_at IS NULL";

/** Whether the filter is about site, type and event time alone: what list indexes and counters know. */
export function isIndexed(filter: EventFilter): boolean {
  return isCounted(filter) && !filter.excludeBots;
}

/** Whether a total can come from the counters; bots are then counted live, and taken away. */
export function isCounted(filter: EventFilter): boolean {
  const { sessionId, visitorId, name, url, pathPrefix } = filter;
  return [sessionId, visitorId, name, url, pathPrefix].every((condition) => condition === undefined);
}

/** Every condition but that on test events. */
export function conditions(filter: EventFilter, bind: Bind): string[] {
  const found = [`site_id = ${bind(filter.siteId)}`, IS_LIVE];
  if (filter.type !== undefined) found.push(`type = ${bind(filter.type)}`);
  if (filter.from !== undefined) found.push(`occurred_at >= ${bind(filter.from)}`);
  if (filter.to !== undefined) found.push(`occurred_at <= ${bind(filter.to)}`);
  if (filter.sessionId !== undefined) found.push(`session_id = ${bind(filter.sessionId)}`);
  if (filter.visitorId !== undefined) found.push(`visitor_id = ${bind(filter.visitorId)}`);
  if (filter.excludeBots) found.push("bot_name IS NULL");
  if (filter.name !== undefined) found.push(`name = ${bind(filter.name)}`);
  if (filter.url !== undefined) found.push(`url = ${bind(filter.url)}`);
  if (filter.pathPrefix !== undefined) {
    // The bound above the prefix would need the next code point; comparing the beginning is exact and as fast here.
    const prefix = bind(filter.pathPrefix);
    found.push(`substr(path, 1, length(${prefix})) = ${prefix}`);
  }
  return found;
}

export const ORDER_BY = {
  desc: "occurred_at DESC, occurred_sub DESC, id DESC",
  asc: "occurred_at, occurred_sub, id",
  received: "id",
} as const satisfies Record<Order, string>;

/** Where in which list. */
type ListPosition = Pick<EventListQuery, "filter" | "order" | "after">;

/**
 * The conditions of a page, as one to three ranges of an index: the events that share time and ticks
 * with the position that the page continues after, those that share the time, and those beyond it.
 *
 * `(occurred_at, occurred_sub, id) < (?, ?, ?)` says the same, but SQLite would step through all
 * events that share its first two columns. For the same reason the bound of the time range at which
 * the list begins is left to the position: of two such bounds SQLite uses one.
 */
export function pageRanges({ filter, order, after }: ListPosition, bind: Bind): string[][] {
  if (!after) return [conditions(filter, bind)];
  if (order === "received") return [[...conditions(filter, bind), `id > ${bind(after.id)}`]];
  const { from, to, ...rest } = filter;
  const isDescending = order === "desc";
  const begin = isDescending ? to : from;
  const isAhead = begin !== undefined && (isDescending ? begin < after.occurredAt : begin > after.occurredAt);
  // The whole list lies beyond the position: it is that of another filter.
  if (isAhead) return [conditions(filter, bind)];
  const end = isDescending ? from : to;
  const where = conditions(
    end === undefined ? rest : { ...rest, ...(isDescending ? { from: end } : { to: end }) },
    bind,
  );
  const isBeyond = isDescending ? "<" : ">";
  const [time, ticks, id] = [bind(after.occurredAt), bind(after.occurredSub), bind(after.id)];
  const ranges = [
    [...where, `occurred_at = ${time}`, `occurred_sub = ${ticks}`, `id ${isBeyond} ${id}`],
    [...where, `occurred_at ${isBeyond} ${time}`],
  ];
  // Nothing has less than no ticks: nearly every page backwards is spared this one.
  if (isDescending && after.occurredSub === 0) return ranges;
  return [...ranges, [...where, `occurred_at = ${time}`, `occurred_sub ${isBeyond} ${ticks}`]];
}

/**
 * One page as one cell: a JSON array of rows in the list's order.
 *
 * Each part comes out of its index in order, and SQLite merges them: a page costs the same at any depth.
 */
export function selectPage(query: EventListQuery, limit: number): Statement {
  const { args, bind } = createArguments();
  const isByArrival = query.order === "received";
  // By hand for one order: a filter on the arrival order must walk the ids, not sort the list index.
  const source = isByArrival ? "events NOT INDEXED" : "events";
  const tests = isByArrival ? [testCondition(query.filter)] : testRanges(query.filter);
  const parts = pageRanges(query, bind).flatMap((range) =>
    tests.map((test) => `SELECT * FROM ${source} WHERE ${[...range, test].join(" AND ")}`),
  );
  const skip = query.after ? 0 : (query.offset ?? 0);
  const rows = `${parts.join(" UNION ALL ")} ORDER BY ${ORDER_BY[query.order]} LIMIT ${bind(limit)} OFFSET ${bind(skip)}`;
  return { sql: `SELECT json_group_array(${SELECT_ROW}) FROM (${rows})`, args };
}

/** ?1 id: the event as one cell, no row where there is none or it is soft-deleted. */
export const SELECT_EVENT = `SELECT ${SELECT_ROW} FROM events WHERE id = ?1 AND deleted_at IS NULL`;

/** COUNT(*) of what matches; it stops at `atMost`. */
export function countLive(filter: EventFilter, atMost = Number.POSITIVE_INFINITY): Statement {
  const { args, bind } = createArguments();
  const where = [...conditions(filter, bind), testCondition(filter)].join(" AND ");
  if (!Number.isFinite(atMost)) return { sql: `SELECT count(*) FROM events WHERE ${where}`, args };
  return { sql: `SELECT count(*) FROM (SELECT 1 FROM events WHERE ${where} LIMIT ${bind(atMost + 1)})`, args };
}

const NO_TESTS = "is_test = 0";

/** Apart, because within one of them a list index is in the list's order. */
const TESTS = [NO_TESTS, "is_test = 1"];

/** The conditions on test events whose events, one after the other, are those of the filter. */
export const testRanges = (filter: EventFilter): readonly string[] => (filter.includeTest ? TESTS : [NO_TESTS]);

/** Both values are named, so that the list indexes can be used. */
export const testCondition = (filter: EventFilter): string => `is_test IN (0${filter.includeTest ? ", 1" : ""})`;

/**
 * ?1 site, ?2 type or null, ?3 whether to count test events: the number from the counters, or null
 * where the type has none of its own.
 *
 * A type that the site never had is 0, unless there are types that share a counter.
 */
export const COUNTER_TOTAL = `SELECT CASE
  WHEN ?2 IS NULL THEN (SELECT coalesce(sum(n), 0) FROM event_totals WHERE site_id = ?1 AND is_test <= ?3)
  WHEN ?2 <> '*other' AND EXISTS (SELECT 1 FROM event_totals WHERE site_id = ?1 AND type = ?2)
    THEN (SELECT coalesce(sum(n), 0) FROM event_totals WHERE site_id = ?1 AND type = ?2 AND is_test <= ?3)
  WHEN NOT EXISTS (SELECT 1 FROM event_totals WHERE site_id = ?1 AND type = '*other') THEN 0
END`;

/**
 * The total of a time range: whole days from the counters, and at most two counted part-days.
 * Null where the type has no counter of its own.
 */
export function rangeTotal(filter: EventFilter): Statement {
  const { args, bind } = createArguments();
  const site = bind(filter.siteId);
  const type = bind(filter.type ?? null);
  const { wholeDays, parts } = splitIntoDays(filter.from, filter.to);
  const { excludeBots = false, ...counted } = filter;
  const count = (source: string, where: readonly string[]) =>
    `(SELECT count(*) FROM ${source} WHERE ${[...where, testCondition(filter)].join(" AND ")})`;
  const terms = parts.map(([from, to]) => count("events", conditions({ ...counted, from, to }, bind)));
  if (wholeDays) {
    const [first, last] = wholeDays;
    const where = [`site_id = ${site}`, testCondition(filter)];
    if (filter.type !== undefined) where.push(`type = ${type}`);
    if (first !== undefined) where.push(`day >= ${bind(first)}`);
    if (last !== undefined) where.push(`day <= ${bind(last)}`);
    terms.push(`(SELECT coalesce(sum(n), 0) FROM event_day_counts WHERE ${where.join(" AND ")})`);
  }
  // The counters do not know bots. By hand: also with a type, the index of what bots did is the shorter way.
  const bots = excludeBots
    ? ` - ${count(`events INDEXED BY ${KIND_INDEX}`, [...conditions(counted, bind), `${KIND} IN (${BOT_KINDS})`])}`
    : "";
  const hasCounter = `${type} IS NULL OR (${type} <> '*other' AND EXISTS (SELECT 1 FROM event_totals WHERE site_id = ${site} AND type = ${type}))`;
  return { sql: `SELECT CASE WHEN ${hasCounter} THEN ${terms.join(" + ") || "0"}${bots} END`, args };
}

export interface DaySplit {
  /** First and last whole day; an open end is undefined. */
  readonly wholeDays: readonly [number | undefined, number | undefined] | null;
  /** Ranges in ms, both inclusive. */
  readonly parts: readonly (readonly [number, number])[];
}

/** Cuts a time range (ms, inclusive) at midnights UTC. */
export function splitIntoDays(from: number | undefined, to: number | undefined): DaySplit {
  const first = from === undefined ? undefined : Math.ceil(from / MS_PER_DAY);
  const last = to === undefined ? undefined : dayOf(to + 1) - 1;
  if (first !== undefined && last !== undefined && first > last) {
    return { wholeDays: null, parts: from !== undefined && to !== undefined && from <= to ? [[from, to]] : [] };
  }
  const parts: [number, number][] = [];
  if (from !== undefined && first !== undefined && from < first * MS_PER_DAY)
    parts.push([from, first * MS_PER_DAY - 1]);
  if (to !== undefined && last !== undefined && to >= (last + 1) * MS_PER_DAY)
    parts.push([(last + 1) * MS_PER_DAY, to]);
  return { wholeDays: [first, last], parts };
}

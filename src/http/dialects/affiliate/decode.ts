import type { AttributedFilter } from "../../../domain/attributed-events.ts";
import { invalidQuery } from "../../../domain/errors.ts";
import { decodeTimeBound } from "../../../domain/time-bound.ts";
import { dayOf, MS_PER_DAY } from "../../../lib/clock.ts";
import type { ListTrackingEventsQuery, PerformanceQuery } from "./schemas.ts";

const DEFAULT_PAGE_SIZE = 10;

export interface DecodedList {
  readonly page: number;
  readonly pageSize: number;
  readonly filter: AttributedFilter;
}

/** @throws `invalid_input` that names the parameter. */
export function decodeList(query: ListTrackingEventsQuery, siteId: number): DecodedList {
  const { from, to } = decodeRange(query);
  return {
    page: Number(query.page ?? 1),
    pageSize: Number(query.pageSize ?? DEFAULT_PAGE_SIZE),
    filter: {
      siteId,
      ...(query.eventType === undefined ? {} : { type: query.eventType }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
  };
}

const DEFAULT_DAYS = 7;

/** Ten years: a report has a row for each day. */
const MAX_DAYS = 3_660;

/**
 * The range of a report: the last seven days, today included, where nothing else is said.
 *
 * @throws `invalid_input` that names the parameter.
 */
export function decodeReportRange(query: PerformanceQuery, nowMs: number): { from: number; to: number } {
  const said = decodeRange(query);
  const to = said.to ?? endOfDay(Math.max(nowMs, said.from ?? nowMs));
  const from = said.from ?? endOfDay(to) + 1 - DEFAULT_DAYS * MS_PER_DAY;
  if (to - from >= MAX_DAYS * MS_PER_DAY)
    throw invalidQuery("dateFrom", `Must be at most ${MAX_DAYS} days before dateTo`);
  return { from, to };
}

const endOfDay = (ms: number): number => (dayOf(ms) + 1) * MS_PER_DAY - 1;

function decodeRange({ dateFrom, dateTo }: PerformanceQuery): { from?: number; to?: number } {
  const from = decodeTimeBound("dateFrom", dateFrom, "first");
  const to = decodeTimeBound("dateTo", dateTo, "last");
  if (from !== undefined && to !== undefined && from > to) throw invalidQuery("dateTo", "Must not be before dateFrom");
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

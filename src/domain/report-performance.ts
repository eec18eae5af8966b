import { dayOf, MS_PER_DAY } from "../lib/clock.ts";
import { ATTRIBUTED_TYPES, type AttributedCounts, type AttributionStore } from "./attributed-events.ts";

/** Amounts of one currency, in its smallest unit. */
export interface Revenue {
  readonly currency: string | null;
  readonly amount: number;
  readonly refunded: number;
}

export interface Performance {
  readonly counts: AttributedCounts;
  /** Conversions of a hundred clicks; 0 where there are no clicks. */
  readonly conversionRate: number;
  /** By currency, in alphabetical order. */
  readonly revenue: readonly Revenue[];
}

export interface DayPerformance extends Performance {
  /** Beginning of the UTC day, in ms since 1970. */
  readonly startsAt: number;
}

export interface PerformanceReport {
  /** Every day of the range, the first to the last, also those without events. */
  readonly days: readonly DayPerformance[];
  readonly total: Performance;
}

/** @param range event time in ms, both inclusive; its length bounds the report. */
export type ReportPerformance = (range: { siteId: number; from: number; to: number }) => Promise<PerformanceReport>;

/** Clicks, leads, conversions and what they brought, day by day. */
export function createReportPerformance(deps: { attribution: AttributionStore }): ReportPerformance {
  const { attribution } = deps;
  return async (range) => {
    const [counts, revenues] = await Promise.all([attribution.countByDay(range), attribution.sumByDay(range)]);
    const countsOf = Map.groupBy(counts, ({ day }) => day);
    const revenuesOf = Map.groupBy(revenues, ({ day }) => day);
    const [first, last] = [dayOf(range.from), dayOf(range.to)];
    const days = Array.from({ length: last - first + 1 }, (_, n) => {
      const day = first + n;
      return { startsAt: day * MS_PER_DAY, ...summarize(countsOf.get(day) ?? [], revenuesOf.get(day) ?? []) };
    });
    return { days, total: summarize(counts, revenues) };
  };
}

function summarize(
  counted: readonly { readonly type: keyof AttributedCounts; readonly n: number }[],
  revenues: readonly Revenue[],
): Performance {
  const counts = Object.fromEntries(
    ATTRIBUTED_TYPES.map((type) => [type, sum(counted.filter((one) => one.type === type).map(({ n }) => n))]),
  ) as AttributedCounts;
  return { counts, conversionRate: percent(counts.conversion, counts.click), revenue: byCurrency(revenues) };
}

/** With two decimals. */
const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 100);

function byCurrency(revenues: readonly Revenue[]): readonly Revenue[] {
  return [...Map.groupBy(revenues, ({ currency }) => currency)]
    .map(([currency, those]) => ({
      currency,
      amount: sum(those.map(({ amount }) => amount)),
      refunded: sum(those.map(({ refunded }) => refunded)),
    }))
    .sort((a, b) => ((a.currency ?? "") < (b.currency ?? "") ? -1 : 1));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

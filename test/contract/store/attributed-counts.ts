import { describe, expect, test } from "bun:test";
import type { AttributedType } from "../../../src/domain/attributed-events.ts";
import { MS_PER_DAY } from "../../../src/lib/clock.ts";
import { markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

const MIDNIGHT = Math.floor(NOON / MS_PER_DAY) * MS_PER_DAY;

export function attributedCountsContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("counts and sums of attributed events", () => {
    const { storeSite, store, sql } = shareDatabase(createDatabase);

    test("are by type, with the time of the newest", async () => {
      const { siteId } = await storeSite([
        newEvent({ type: "click", clickId: "c" }),
        newEvent({ type: "click", clickId: "c", occurredAt: NOON - MS_PER_DAY * 400 }),
        newEvent({ type: "lead", customerKey: "u", occurredAt: NOON + 5 }),
        newEvent({ type: "lead", customerKey: "u", occurredAt: NOON + 9, isTest: true }),
        newEvent({ type: "click", occurredAt: NOON + 9 }),
      ]);
      expect(await store().attribution.countEvents(siteId)).toEqual({
        click: 2,
        lead: 1,
        conversion: 0,
        lastEventAt: NOON + 5,
      });
      const empty = await storeSite([]);
      expect(await store().attribution.countEvents(empty.siteId)).toEqual({
        click: 0,
        lead: 0,
        conversion: 0,
        lastEventAt: null,
      });
    });

    test("leave no row behind for a day that has no events any more", async () => {
      const { siteId, ids } = await storeSite([
        newEvent({ type: "click", clickId: "c" }),
        newEvent({ type: "lead", clickId: "c" }),
        newEvent({ type: "lead", clickId: "c" }),
      ]);
      const rows = async () => {
        const query = "SELECT type, n FROM attributed_day_counts WHERE site_id = ? ORDER BY type";
        return (await sql().execute({ sql: query, args: [siteId] })).rows.map(({ type, n }) => [type, n]);
      };
      const [click = 0, lead = 0] = ids;
      await markDeleted(sql(), click);
      expect(await rows()).toEqual([["lead", 2]]);
      await sql().execute({ sql: "DELETE FROM events WHERE id IN (?, ?)", args: [click, lead] });
      expect(await rows()).toEqual([["lead", 1]]);
    });

    test("by day are those of the range, also where it cuts days", async () => {
      const at = (day: number, ms: number, type: AttributedType) =>
        newEvent({ type, clickId: "c", occurredAt: MIDNIGHT + day * MS_PER_DAY + ms });
      const { siteId } = await storeSite([
        at(-1, 10, "click"),
        at(-1, 20, "click"),
        at(0, 0, "lead"),
        at(0, MS_PER_DAY - 1, "lead"),
        at(1, 5, "conversion"),
        at(1, 6, "conversion"),
      ]);
      const days = async (range: { from?: number; to?: number }) =>
        (await store().attribution.countByDay({ siteId, ...range })).map(({ day, type, n }) => [
          day - MIDNIGHT / MS_PER_DAY,
          type,
          n,
        ]);
      expect(await days({})).toEqual([
        [-1, "click", 2],
        [0, "lead", 2],
        [1, "conversion", 2],
      ]);
      expect(await days({ from: MIDNIGHT - MS_PER_DAY + 11, to: MIDNIGHT + MS_PER_DAY + 5 })).toEqual([
        [-1, "click", 1],
        [0, "lead", 2],
        [1, "conversion", 1],
      ]);
      expect(await days({ from: MIDNIGHT - MS_PER_DAY + 20, to: MIDNIGHT })).toEqual([
        [-1, "click", 1],
        [0, "lead", 1],
      ]);
      expect(await days({ from: MIDNIGHT + 1, to: MIDNIGHT + 2 })).toEqual([]);
    });

    test("of money are exact, by day and currency, also where the micros are too many for an integer", async () => {
      const sale = (valueMicros: number | null, currency: string | null, day = 0, refunded?: number) =>
        newEvent({
          type: "conversion",
          customerKey: "u",
          valueMicros,
          currency,
          occurredAt: NOON + day * MS_PER_DAY,
          data: refunded === undefined ? null : `{"properties":{"refunded_amount_cents":${refunded}}}`,
        });
      const { siteId } = await storeSite([
        ...Array.from({ length: 1_100 }, () => sale(9_007_199_254_740_000, "USD")),
        sale(9_990_000, "EUR"),
        sale(10_000, "EUR", 0, 1),
        sale(5_000_000, "JPY", 1, 2),
        sale(1_234_000, "KWD", 1),
        sale(1_000_000, null, 1),
        sale(null, "EUR", 1),
        newEvent({ type: "lead", customerKey: "u", valueMicros: 1, currency: "EUR" }),
      ]);
      const day = Math.floor(NOON / MS_PER_DAY);
      const sums = await store().attribution.sumByDay({ siteId });
      expect(sums.toSorted((a, b) => a.day - b.day || `${a.currency}`.localeCompare(`${b.currency}`))).toEqual([
        { day, currency: "EUR", amount: 1_000, refunded: 1 },
        { day, currency: "USD", amount: 990_791_918_021_400, refunded: 0 },
        { day: day + 1, currency: "JPY", amount: 5, refunded: 2 },
        { day: day + 1, currency: "KWD", amount: 1_234, refunded: 0 },
        { day: day + 1, currency: null, amount: 100, refunded: 0 },
      ]);
      expect(await store().attribution.sumByDay({ siteId, from: NOON + 1, to: NOON + MS_PER_DAY - 1 })).toEqual([]);
    });
  });
}

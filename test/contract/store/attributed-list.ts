import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  ATTRIBUTED_TYPES,
  type AttributedFilter,
  type AttributedPage,
  type AttributedType,
} from "../../../src/domain/attributed-events.ts";
import type { NewEvent } from "../../../src/domain/event.ts";
import { MS_PER_DAY } from "../../../src/lib/clock.ts";
import { NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

const MIDNIGHT = Math.floor(NOON / MS_PER_DAY) * MS_PER_DAY;

/** Few times around a few midnights, so that ids break ties and ranges cut days. */
const time = fc
  .tuple(fc.constantFrom(-40, -1, 0, 1), fc.constantFrom(-1, 0, 1, MS_PER_DAY / 2))
  .map(([day, ms]) => MIDNIGHT + day * MS_PER_DAY + ms);

const event = fc.record({
  type: fc.constantFrom(...ATTRIBUTED_TYPES, "pageview"),
  occurredAt: time,
  occurredSub: fc.constantFrom(0, 0, 7),
  isTest: fc.constantFrom(false, false, false, true),
  clickId: fc.constantFrom(null, "c1", "c2", "c3"),
  customerKey: fc.constantFrom(null, null, "u1", "u2"),
});

const filter = fc.record(
  { type: fc.constantFrom(...ATTRIBUTED_TYPES), from: time, to: time },
  { requiredKeys: [] },
) as fc.Arbitrary<Omit<AttributedFilter, "siteId">>;

interface Kept {
  readonly id: number;
  readonly event: NewEvent;
}

const isAttributed = ({ type, isTest, clickId, customerKey }: NewEvent): boolean =>
  ATTRIBUTED_TYPES.some((one) => one === type) && !isTest && (clickId !== null || customerKey !== null);

const matches = ({ event: { type, occurredAt } }: Kept, wanted: Omit<AttributedFilter, "siteId">): boolean =>
  (wanted.type === undefined || wanted.type === type) &&
  occurredAt >= (wanted.from ?? Number.NEGATIVE_INFINITY) &&
  occurredAt <= (wanted.to ?? Number.POSITIVE_INFINITY);

const newestFirst = (a: Kept, b: Kept): number =>
  b.event.occurredAt - a.event.occurredAt || b.event.occurredSub - a.event.occurredSub || b.id - a.id;

/** What the list should say of an event, by the words of its contract. */
function isConverted({ event: { type, clickId, customerKey } }: Kept, all: readonly Kept[]): boolean {
  const conversions = all.filter((other) => other.event.type === "conversion");
  const has = (column: "clickId" | "customerKey", value: string | null) =>
    value !== null && conversions.some((one) => one.event[column] === value);
  return type !== "conversion" && (has("clickId", clickId) || has("customerKey", customerKey));
}

const show = ({ events, total }: AttributedPage) => ({
  rows: events.map(({ id, type, converted }) => [id, type, converted] as const),
  total,
});

export function attributedListContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("the list of attributed events", () => {
    const { storeSite, store, sql } = shareDatabase(createDatabase);

    const update = (set: string, ids: readonly number[]) =>
      sql().execute({
        sql: `UPDATE events SET ${set} WHERE id IN (SELECT value FROM json_each(?))`,
        args: [JSON.stringify(ids)],
      });

    test("has every event once over all pages of any size, with its total, whatever was deleted and restored", async () => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(event, { minLength: 15, maxLength: 60 }),
          fc.array(filter, { minLength: 4, maxLength: 4 }),
          fc.integer({ min: 1, max: 9 }),
          fc.record({ mark: fc.nat(4), restore: fc.nat(4), remove: fc.nat(9) }),
          async (said, filters, limit, { mark, restore, remove }) => {
            const events = said.map((one) => newEvent(one));
            const { siteId, ids } = await storeSite(events);
            const every = (n: number) => ids.filter((_, at) => at % 5 === n);
            await update("deleted_at = 1, deletion_id = 1", every(mark));
            await update("deleted_at = NULL, deletion_id = NULL", every(restore));
            const removed = ids.filter((_, at) => at % 10 === remove);
            await sql().execute({
              sql: "DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))",
              args: [JSON.stringify(removed)],
            });
            const gone = new Set([...(mark === restore ? [] : every(mark)), ...removed]);
            const kept = ids
              .map((id, at) => ({ id, event: events[at] as NewEvent }))
              .filter(({ id, event: one }) => !gone.has(id) && isAttributed(one))
              .sort(newestFirst);
            for (const wanted of [{}, ...filters]) {
              const due = kept.filter((one) => matches(one, wanted));
              const found: (readonly [number, AttributedType, boolean])[] = [];
              for (let offset = 0; offset <= due.length; offset += limit) {
                const page = await store().attribution.listEvents({ filter: { ...wanted, siteId }, offset, limit });
                const { rows, total } = show(page);
                if (total !== due.length) throw new Error(`${total}, not ${due.length}: ${JSON.stringify(wanted)}`);
                expect(rows.length).toBe(Math.min(limit, due.length - offset));
                found.push(...rows);
              }
              expect(found).toEqual(
                due.map((one) => [one.id, one.event.type as AttributedType, isConverted(one, kept)] as const),
              );
              compared += due.length;
            }
          },
        ),
        { numRuns: 40 },
      );
      expect(compared).toBeGreaterThan(200);
    }, 60_000);

    test("is the same where a page lies deep, which skips whole days", async () => {
      const { siteId, ids } = await storeSite(
        Array.from({ length: 1_300 }, (_, n) =>
          newEvent({
            type: ATTRIBUTED_TYPES[n % 3] as AttributedType,
            clickId: `c${n}`,
            // 13 days, newest first as they are numbered, and hundreds of the same time.
            occurredAt: MIDNIGHT + MS_PER_DAY / 2 - Math.floor(n / 100) * MS_PER_DAY,
          }),
        ),
      );
      const byAge = Array.from({ length: 13 }, (_, day) => ids.slice(day * 100, day * 100 + 100).toReversed()).flat();
      const list = async (offset: number, wanted: Omit<AttributedFilter, "siteId"> = {}) => {
        const { events, total } = await store().attribution.listEvents({
          filter: { ...wanted, siteId },
          offset,
          limit: 100,
        });
        return { ids: events.map(({ id }) => id), total };
      };
      for (const offset of [0, 399, 400, 401, 499, 500, 501, 599, 600, 1_150, 1_200, 1_299]) {
        expect(await list(offset)).toEqual({ ids: byAge.slice(offset, offset + 100), total: 1_300 });
      }
      for (const offset of [1_300, 1_301, 99_999_999_900])
        expect(await list(offset)).toEqual({ ids: [], total: 1_300 });
      // The newest of the thirteen days is cut off, the next and the last are cut in two.
      const range = { from: MIDNIGHT - 12 * MS_PER_DAY + 1, to: MIDNIGHT - MS_PER_DAY / 2 };
      expect(await list(1_050, range)).toEqual({ ids: byAge.slice(1_150, 1_250), total: 1_200 });
      const leads = await list(420, { type: "lead" });
      expect(leads).toEqual({
        ids: byAge.filter((id) => ids.indexOf(id) % 3 === 1).slice(420),
        total: 433,
      });
    });

    test("has the columns of an event, and the details of a sale", async () => {
      const columns = {
        clickId: "c",
        customerKey: "u",
        sessionId: "s",
        url: "https://example.com/ü",
        referrer: "android-app://x",
        country: "US",
        region: "CA",
        city: "San Francisco",
        device: "desktop",
        os: "macOS",
        browser: "Chrome",
        valueMicros: 99_000_000,
        currency: "USD",
        dedupeKey: "t:1",
      };
      const details = { saleType: null, paymentStatus: null, isRecurring: null };
      const cases = [
        { event: newEvent({ ...columns, type: "lead", data: '{"properties":{"sale_type":"payment"}}' }), ...details },
        {
          event: newEvent({
            ...columns,
            type: "conversion",
            data: '{"properties":{"sale_type":"payment","payment_status":"paid","is_recurring":true}}',
          }),
          saleType: "payment",
          paymentStatus: "paid",
          isRecurring: true,
        },
        // What did not come in as a sale may have anything there.
        {
          event: newEvent({
            ...columns,
            type: "conversion",
            data: '{"properties":{"sale_type":[1],"is_recurring":1}}',
          }),
          ...details,
        },
        { event: newEvent({ ...columns, type: "conversion" }), ...details },
      ];
      for (const { event: one, ...sale } of cases) {
        const { siteId, ids } = await storeSite([one]);
        const { events } = await store().attribution.listEvents({ filter: { siteId }, offset: 0, limit: 10 });
        expect(events).toEqual([
          {
            ...columns,
            ...sale,
            id: ids[0] as number,
            type: one.type as AttributedType,
            occurredAt: NOON,
            receivedAt: NOON,
            converted: false,
          },
        ]);
      }
    });

    test("tells of a click and a lead whether they have converted: not by a test, a deleted sale, another site's", async () => {
      const chain = [
        newEvent({ type: "click", clickId: "c1" }),
        newEvent({ type: "lead", clickId: "c1", customerKey: "u1" }),
        newEvent({ type: "lead", customerKey: "u1", clickId: "other" }),
        newEvent({ type: "conversion", clickId: "c1", customerKey: "u1", isTest: true }),
        newEvent({ type: "lead", clickId: "u1", customerKey: "c1" }),
      ];
      const sale = newEvent({ type: "conversion", clickId: "c1", customerKey: "u1" });
      await storeSite([...chain, sale]);
      const { siteId, ids } = await storeSite([...chain, sale]);
      const converted = async () => {
        const { events } = await store().attribution.listEvents({ filter: { siteId }, offset: 0, limit: 10 });
        return ids.map((id) => events.find((one) => one.id === id)?.converted);
      };
      const [isSo, isNot, isTest] = [true, false, undefined];
      expect(await converted()).toEqual([isSo, isSo, isSo, isTest, isNot, isNot]);
      await update("deleted_at = 1", ids.slice(5));
      expect(await converted()).toEqual([isNot, isNot, isNot, isTest, isNot, undefined]);
      await update("deleted_at = NULL", ids.slice(5));
      expect(await converted()).toEqual([isSo, isSo, isSo, isTest, isNot, isNot]);
    });
  });
}

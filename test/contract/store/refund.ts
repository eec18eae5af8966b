import { describe, expect, test } from "bun:test";
import { MAX_REFUNDS, type Refund, type Sale } from "../../../src/domain/attributed-events.ts";
import type { NewEvent } from "../../../src/domain/event.ts";
import { DEFAULT_SITE_SETTINGS, type NewSite } from "../../../src/domain/site.ts";
import { appendAll, markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

/** A text that no other test has: transactions are looked for in all sites. */
let names = 0;
const unique = (what: string): string => `${what} ${++names}`;

export function refundContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("a sale", () => {
    const { store, sql } = shareDatabase(createDatabase);
    const data =
      '{"properties":{"z":1,"payment_status":"paid","a":1.10,"big":9007199254740993,"e":1E400,"esc":"\\u0041\\/😀"},"other":-0}';

    async function storeSale(said: Partial<NewEvent> = {}): Promise<Sale> {
      const site = await store().sites.addSite(newSite());
      const sale = newEvent({
        type: "conversion",
        siteId: site.id,
        customerKey: "u",
        valueMicros: 99_000_000,
        currency: "USD",
        data,
        ...said,
      });
      const [id = 0] = await appendAll(store(), [sale]);
      return { id, siteId: site.id, currency: sale.currency };
    }

    function newSite(): NewSite {
      const name = unique("site").replace(" ", "-");
      return {
        ...DEFAULT_SITE_SETTINGS,
        name,
        domain: null,
        description: null,
        trackingCode: `pm-${name}`,
        siteKey: `ak_${name}`,
        scope: name,
        createdAt: 0,
      };
    }

    const refund = (sale: Sale, said: Partial<Refund> = {}) =>
      store().attribution.refundSale(sale, { amount: null, reason: null, refundId: null, refundedAt: NOON, ...said });

    const storedData = async ({ id }: Sale) => (await store().reader.findEvent(id))?.data;

    test("is found by its transaction in the programs that are asked, unless it is deleted or none", async () => {
      const dedupeKey = unique("t:");
      const { findSales } = store().attribution;
      expect(await findSales(dedupeKey, null)).toEqual([]);
      const first = await storeSale({ dedupeKey });
      expect(await findSales(dedupeKey, null)).toEqual([first]);
      expect(await findSales(dedupeKey, [first.siteId])).toEqual([first]);
      expect(await findSales(dedupeKey, [first.siteId + 1, 0])).toEqual([]);
      const second = await storeSale({ dedupeKey });
      await storeSale({ dedupeKey, type: "lead" });
      expect(await findSales(dedupeKey, null)).toEqual([first, second]);
      await markDeleted(sql(), first.id);
      expect(await findSales(dedupeKey, null)).toEqual([second]);
    });

    test("is taken back in parts and then as a whole; all else of its data stays letter for letter", async () => {
      const sale = await storeSale();
      expect(await refund(sale, { amount: 4_000, reason: 'torn "off"' })).toEqual({
        isRecorded: true,
        paymentStatus: "partially_refunded",
        amount: 9_900,
        refunded: 4_000,
        refunds: 1,
      });
      expect(await refund(sale)).toMatchObject({ paymentStatus: "refunded", refunded: 9_900, refunds: 2 });
      const when = new Date(NOON).toISOString();
      const refunds = [
        `{"amount_cents":4000,"reason":"torn \\"off\\"","refund_id":null,"refunded_at":"${when}"}`,
        `{"amount_cents":5900,"reason":null,"refund_id":null,"refunded_at":"${when}"}`,
      ];
      expect(await storedData(sale)).toBe(
        data
          .replace('"paid"', '"refunded"')
          .replace('😀"}', `😀","refunded_amount_cents":9900,"refunds":[${refunds.join(",")}]}`),
      );
    });

    test("is taken back once by the same refund, known by its id, else by amount and reason", async () => {
      const sale = await storeSale();
      const twice = async (said: Partial<Refund>) => [await refund(sale, said), await refund(sale, said)];
      for (const [said, refunded] of [
        [{ amount: 100 }, 100],
        [{ amount: 100, reason: "other" }, 200],
        [{ amount: 100, refundId: "r1" }, 300],
        [{ amount: 100, refundId: "r2" }, 400],
      ] as const) {
        const [first, second] = await twice(said);
        expect(first).toMatchObject({ isRecorded: true, refunded });
        expect(second).toEqual(first as NonNullable<typeof first>);
      }
      expect(await refund(sale, { amount: 7, refundId: "r2" })).toMatchObject({ refunded: 400, refunds: 4 });
    });

    test("is not taken back beyond what it was, nor after it was taken back as a whole, nor in too many parts", async () => {
      const sale = await storeSale();
      expect(await refund(sale, { amount: 9_901 })).toMatchObject({ isRecorded: false, refunded: 0, refunds: 0 });
      expect(await storedData(sale)).toBe(data);
      for (let n = 0; n < MAX_REFUNDS; n++) await refund(sale, { amount: 1, refundId: `${n}` });
      const full = { isRecorded: false, refunded: MAX_REFUNDS, refunds: MAX_REFUNDS };
      expect(await refund(sale, { amount: 1, refundId: "one more" })).toMatchObject(full);
      const other = await storeSale();
      await refund(other);
      const before = await storedData(other);
      expect(await refund(other, { amount: 1 })).toMatchObject({ isRecorded: false, paymentStatus: "refunded" });
      expect(await storedData(other)).toBe(before);
    });

    test("that is deleted or not there is not taken back", async () => {
      const sale = await storeSale();
      await markDeleted(sql(), sale.id);
      expect(await refund(sale)).toBeNull();
      expect(await refund({ ...sale, id: 1 })).toBeNull();
    });

    test("is counted in the smallest unit of its currency", async () => {
      const yen = await storeSale({ currency: "JPY", valueMicros: 5_000_000 });
      expect(await refund(yen, { amount: 4 })).toMatchObject({ amount: 5, refunded: 4 });
      const dinar = await storeSale({ currency: "KWD", valueMicros: 5_001_000 });
      expect(await refund(dinar)).toMatchObject({ amount: 5_001, refunded: 5_001, paymentStatus: "refunded" });
    });
  });

  describe("a sale of two stores", () => {
    test("is never taken back beyond what it was by refunds at once", async () => {
      await using database = await createDatabase();
      const stores = [await database.open(), await database.open({ role: "command" })];
      const [id = 0] = await appendAll(stores[0] as (typeof stores)[0], [
        newEvent({ type: "conversion", valueMicros: 1_000_000, currency: "USD", data: '{"properties":{}}' }),
      ]);
      const states = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          stores[n % 2]?.attribution.refundSale(
            { id, siteId: 1, currency: "USD" },
            { amount: 30, reason: null, refundId: `r${n}`, refundedAt: NOON },
          ),
        ),
      );
      expect(states.filter((state) => state?.isRecorded)).toHaveLength(3);
      const { data } = (await stores[0]?.reader.findEvent(id)) ?? {};
      expect(JSON.parse(data ?? "{}").properties).toMatchObject({
        payment_status: "partially_refunded",
        refunded_amount_cents: 90,
      });
    });
  });
}

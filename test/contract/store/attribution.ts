import { describe, expect, test } from "bun:test";
import { MAX_REFUNDS, type Refund, type Sale } from "../../../src/domain/attributed-events.ts";
import type { NewEvent } from "../../../src/domain/event.ts";
import { DEFAULT_SITE_SETTINGS, type NewSite } from "../../../src/domain/site.ts";
import { appendAll, markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

/** A text that no other test has: some look-ups are over all sites. */
let names = 0;
const unique = (what: string): string => `${what} ${++names}`;

export function attributionContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("the chain from a click to its conversion", () => {
    const { storeSite, store, sql } = shareDatabase(createDatabase);

    test("begins in the program that has the click, the preferred one first", async () => {
      const clickId = unique("click");
      const find = (preferred: number | null, isTest = false) =>
        store().attribution.findClickSite({ clickId, isTest, preferred });
      const lead = await storeSite([newEvent({ type: "lead", clickId })]);
      expect(await find(lead.siteId)).toBeNull();
      const first = await storeSite([newEvent({ type: "click", clickId })]);
      const second = await storeSite([newEvent({ type: "click", clickId }), newEvent({ type: "click", clickId })]);
      expect(await find(null)).toBe(first.siteId);
      expect(await find(second.siteId)).toBe(second.siteId);
      expect(await find(lead.siteId)).toBe(first.siteId);
      expect(await find(first.siteId, true)).toBeNull();
      await markDeleted(sql(), first.ids[0] as number);
      expect(await find(null)).toBe(second.siteId);
    });

    test("is known by its customer in at most two programs", async () => {
      const customerKey = unique("customer");
      const find = (siteIds: readonly number[] | null, isTest = false) =>
        store().attribution.findCustomerSites({ customerKey, isTest, siteIds });
      expect(await find(null)).toEqual([]);
      const sites = [];
      for (const type of ["lead", "conversion", "lead"]) {
        const one = newEvent({ type, customerKey });
        sites.push((await storeSite([one, one])).siteId);
        expect(await find(null)).toEqual(sites.slice(0, 2));
      }
      const [first = 0, , third = 0] = sites;
      expect(await find([third, 999_999])).toEqual([third]);
      expect((await find([third, first, 999_999])).toSorted()).toEqual([first, third]);
      expect(await find([])).toEqual([]);
      expect(await find(null, true)).toEqual([]);
    });

    describe("has as its latest click", () => {
      const since = NOON - 100;
      const among = (clickIds: readonly string[]) => ({ clickIds });

      test("the newest of several that are there, of equals the last that is named", async () => {
        const click = (clickId: string, occurredAt: number, more: Partial<NewEvent> = {}) =>
          newEvent({ type: "click", clickId, occurredAt, ...more });
        const { siteId } = await storeSite([
          click("old", NOON - 101),
          click("a", NOON - 50),
          click("b", NOON - 50),
          click("twice", NOON - 60),
          click("twice", NOON - 40),
          click("test", NOON, { isTest: true }),
          newEvent({ type: "lead", clickId: "lead", occurredAt: NOON }),
        ]);
        const latest = (clickIds: readonly string[], isTest = false) =>
          store().attribution.findLatestClick({ siteId, isTest, since, among: among(clickIds) });
        expect(await latest([])).toBeNull();
        expect(await latest(["old", "lead", "test", "nowhere"])).toBeNull();
        expect(await latest(["a", "b"])).toBe("b");
        expect(await latest(["b", "a", "old"])).toBe("a");
        expect(await latest(["twice", "a"])).toBe("twice");
        expect(await latest(["a", "test"], true)).toBe("test");
      });

      test("the newest that one of the customer's leads or conversions came from", async () => {
        const click = (clickId: string, occurredAt: number) => newEvent({ type: "click", clickId, occurredAt });
        const { siteId } = await storeSite([
          click("c1", NOON - 30),
          click("c2", NOON - 20),
          click("c3", NOON - 10),
          click("c4", NOON - 101),
          // The latest lead did not come from the latest click.
          newEvent({ type: "lead", clickId: "c2", customerKey: "u", occurredAt: NOON - 9 }),
          newEvent({ type: "conversion", clickId: "c1", customerKey: "u", occurredAt: NOON - 8 }),
          newEvent({ type: "lead", customerKey: "u", occurredAt: NOON - 7 }),
          newEvent({ type: "lead", clickId: "c3", customerKey: "someone else" }),
          newEvent({ type: "lead", clickId: "c4", customerKey: "u" }),
          newEvent({ type: "lead", clickId: "not there", customerKey: "u" }),
        ]);
        const latest = (customerKey: string) =>
          store().attribution.findLatestClick({ siteId, isTest: false, since, among: { customerKey } });
        expect(await latest("u")).toBe("c2");
        expect(await latest("someone else")).toBe("c3");
        expect(await latest("nobody")).toBeNull();
        expect(
          await store().attribution.findLatestClick({
            siteId: siteId + 1,
            isTest: false,
            since,
            among: { customerKey: "u" },
          }),
        ).toBeNull();
      });

      test("none that lies behind a hundred later leads: a stranger cannot make the search longer", async () => {
        const leads = Array.from({ length: 100 }, (_, n) =>
          newEvent({ type: "lead", customerKey: "u", occurredAt: NOON + n }),
        );
        const chain = [
          newEvent({ type: "click", clickId: "c", occurredAt: NOON - 2 }),
          newEvent({ type: "lead", clickId: "c", customerKey: "u", occurredAt: NOON - 1 }),
        ];
        const [near, far] = [await storeSite([...chain, ...leads.slice(1)]), await storeSite([...chain, ...leads])];
        const latest = (siteId: number) =>
          store().attribution.findLatestClick({ siteId, isTest: false, since, among: { customerKey: "u" } });
        expect(await latest(near.siteId)).toBe("c");
        expect(await latest(far.siteId)).toBeNull();
      });
    });

    test("has the time of the latest event of the types that are asked for, by click or by customer", async () => {
      const { siteId } = await storeSite([
        newEvent({ type: "click", clickId: "c", occurredAt: 10 }),
        newEvent({ type: "click", clickId: "c", occurredAt: 30 }),
        newEvent({ type: "lead", clickId: "c", occurredAt: 40 }),
        newEvent({ type: "lead", customerKey: "u", occurredAt: 50 }),
        newEvent({ type: "conversion", clickId: "c", customerKey: "u", occurredAt: 60 }),
      ]);
      const latest = (types: ("click" | "lead")[], clickId: string | null, customerKey: string | null) =>
        store().attribution.findLatestTime({ siteId, isTest: false, types, clickId, customerKey });
      expect(await latest(["click"], "c", null)).toBe(30);
      expect(await latest(["click", "lead"], "c", null)).toBe(40);
      expect(await latest(["click", "lead"], "c", "u")).toBe(50);
      expect(await latest(["click"], null, "u")).toBeNull();
      expect(await latest(["click", "lead"], null, null)).toBeNull();
      expect(await latest(["click"], "nowhere", null)).toBeNull();
    });
  });

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

import { describe, expect, test } from "bun:test";
import type { NewEvent } from "../../../src/domain/event.ts";
import { markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
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

      test("the newest of several that are there, of equals the one that came last", async () => {
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
        expect(await latest(["b", "a", "old"])).toBe("b");
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
}

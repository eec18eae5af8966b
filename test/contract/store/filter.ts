import { describe, expect, test } from "bun:test";
import type { NewEvent } from "../../../src/domain/event.ts";
import type { EventFilter } from "../../../src/domain/ports.ts";
import { markDeleted, NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase, type TestSite } from "./site.ts";

type SiteFilter = Omit<EventFilter, "siteId">;

/** Named a to f, in the order of their times. */
const EVENTS: readonly NewEvent[] = [
  newEvent({ name: "a", occurredAt: -5, isTest: true }),
  newEvent({ name: "b", occurredAt: -5 }),
  newEvent({ name: "c", occurredAt: NOON }),
  newEvent({ name: "d", occurredAt: NOON, occurredSub: 5, type: "click" }),
  newEvent({ name: "e", occurredAt: NOON + 1, isTest: true, type: "click" }),
  newEvent({ name: "f", occurredAt: NOON + 2 }),
];

/** The names of what matches, oldest first; their number must be the total. */
async function found(site: TestSite, filter: SiteFilter): Promise<string> {
  const { events, total } = await site.list({ filter, order: "asc", count: true });
  expect(total).toBe(events.length);
  return events.map(({ name }) => name).join("");
}

export function filterContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("a filter", () => {
    const { storeSite } = shareDatabase(createDatabase);

    test("by time includes both ends, also before 1970", async () => {
      const site = await storeSite(EVENTS);
      expect(await found(site, { from: NOON })).toBe("cdf");
      expect(await found(site, { from: NOON + 1, to: NOON + 2 })).toBe("f");
      expect(await found(site, { to: -5 })).toBe("b");
      expect(await found(site, { from: -5, to: -5, includeTest: true })).toBe("ab");
      expect(await found(site, { to: -6 })).toBe("");
      expect(await found(site, { from: NOON + 2, to: NOON + 1 })).toBe("");
    });

    test("by each field, alone and together", async () => {
      const fields = { visitorId: "v", sessionId: "s", url: "https://e.com/?a=1", type: "click" };
      const site = await storeSite([
        newEvent({ name: "a", ...fields, visitorId: "V" }),
        newEvent({ name: "b", ...fields, sessionId: null }),
        newEvent({ name: "c", ...fields, url: "https://e.com/" }),
        newEvent({ name: "d", ...fields, type: "Click" }),
        newEvent({ name: "e", ...fields }),
      ]);
      expect(await found(site, { visitorId: "v" })).toBe("bcde");
      expect(await found(site, { sessionId: "s" })).toBe("acde");
      expect(await found(site, { url: fields.url })).toBe("abde");
      expect(await found(site, { type: "click" })).toBe("abce");
      expect(await found(site, { name: "c" })).toBe("c");
      expect(await found(site, fields)).toBe("e");
      expect(await found(site, { ...fields, from: NOON, to: NOON, name: "e" })).toBe("e");
    });

    test("by a beginning of the path takes it literally, with its case", async () => {
      const paths = ["/blog/a", "/Blog/b", "/blog", "/b%og/c", "/b_og/d", "/😀/e", "/blog*/f"];
      const site = await storeSite([
        ...paths.map((path) => newEvent({ path, name: path.at(-1) ?? null })),
        newEvent({ path: null, name: "0" }),
      ]);
      expect(await found(site, { pathPrefix: "/blog" })).toBe("agf");
      expect(await found(site, { pathPrefix: "/blog/" })).toBe("a");
      expect(await found(site, { pathPrefix: "/b%" })).toBe("c");
      expect(await found(site, { pathPrefix: "/b_" })).toBe("d");
      expect(await found(site, { pathPrefix: "/😀" })).toBe("e");
      expect(await found(site, { pathPrefix: "/blog*" })).toBe("f");
      expect(await found(site, { pathPrefix: "" })).toBe("abgcdef");
    });

    test("holds its values as values, whatever SQL they look like", async () => {
      const site = await storeSite(EVENTS);
      for (const text of ["' OR 1=1 --", '"; DROP TABLE events; --', "a' UNION SELECT 1", "?1", "%", "null"]) {
        expect(await found(site, { type: text })).toBe("");
        expect(await found(site, { visitorId: text, sessionId: text, url: text, pathPrefix: text })).toBe("");
      }
    });
  });

  describe("a total", () => {
    const { storeSite, sql } = shareDatabase(createDatabase);

    const total = async (site: TestSite, filter: SiteFilter) =>
      (await site.list({ filter, limit: 1, count: true })).total;

    test("is null when it was not asked for", async () => {
      const site = await storeSite(EVENTS);
      expect((await site.list({ count: false })).total).toBeNull();
    });

    test("counts what matches, not what the page holds", async () => {
      const site = await storeSite(EVENTS);
      const other = await storeSite([]);
      await markDeleted(sql(), site.ids[5] as number);
      expect(await total(site, {})).toBe(3);
      expect(await total(site, { includeTest: true })).toBe(5);
      expect(await total(site, { type: "click" })).toBe(1);
      expect(await total(site, { type: "click", includeTest: true })).toBe(2);
      expect(await total(site, { type: "none" })).toBe(0);
      expect(await total(site, { from: NOON, includeTest: true })).toBe(3);
      expect(await total(site, { name: "b" })).toBe(1);
      expect(await total(other, { includeTest: true })).toBe(0);
    });
  });
}

import { describe, expect, test } from "bun:test";
import { type NewRejection, REJECTIONS_KEPT } from "../../../src/domain/rejection.ts";
import { MS_PER_DAY } from "../../../src/lib/clock.ts";
import { NOON, type TestDatabase } from "../../support/store.ts";

export const rejectionOf = (said: Partial<NewRejection> = {}): NewRejection => ({
  at: NOON,
  siteId: 1,
  dialect: "collection",
  reason: "invalid_event",
  message: "Invalid event data",
  fields: '{"url":["Must be \\"a\\""]}',
  event: '{"value":1}',
  isTruncated: false,
  ...said,
});

const ALL = { siteIds: null, since: 0, limit: 10_000 } as const;

export function rejectionsContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("rejected events", () => {
    test("are listed as they were kept, newest first, at once and after another start", async () => {
      await using database = await createDatabase();
      const store = await database.open();
      const kept = [
        rejectionOf(),
        rejectionOf({ siteId: null, fields: null, event: null, reason: "unknown_site" }),
        rejectionOf({ at: NOON + 1, dialect: "affiliate", event: "{💥", isTruncated: true }),
      ];
      for (const one of kept) store.rejections.keep(one);
      const expected = kept.map((one, n) => ({ id: n + 1, ...one })).toReversed();
      expect(await store.rejections.list(ALL)).toEqual(expected);
      await store.close();
      expect(await (await database.open()).rejections.list(ALL)).toEqual(expected);
    });

    test("are found by site, reason, time and position", async () => {
      await using database = await createDatabase();
      const { rejections } = await database.open();
      const ids = async (query: object) => (await rejections.list({ ...ALL, ...query })).map(({ id }) => id);
      rejections.keep(rejectionOf({ siteId: 1 }));
      rejections.keep(rejectionOf({ siteId: 2, reason: "too_large", at: NOON + 5 }));
      rejections.keep(rejectionOf({ siteId: null, reason: "too_large", at: NOON + 9 }));
      rejections.keep(rejectionOf({ siteId: 1, at: NOON + 10 }));
      expect(await ids({})).toEqual([4, 3, 2, 1]);
      expect(await ids({ siteIds: [1] })).toEqual([4, 1]);
      expect(await ids({ siteIds: [1, 2] })).toEqual([4, 2, 1]);
      expect(await ids({ siteIds: [] })).toEqual([]);
      expect(await ids({ reason: "too_large" })).toEqual([3, 2]);
      expect(await ids({ since: NOON + 9 })).toEqual([4, 3]);
      expect(await ids({ before: 3, limit: 1 })).toEqual([2]);
    });

    test("are a thousand of each site at most, the oldest go; those of no site do not push out others", async () => {
      await using database = await createDatabase();
      const { rejections } = await database.open();
      for (let n = 0; n < REJECTIONS_KEPT - 1; n++) rejections.keep(rejectionOf({ siteId: 1, message: `${n}` }));
      for (let n = 0; n < 5; n++) rejections.keep(rejectionOf({ siteId: 2 }));
      await rejections.list(ALL);
      for (let n = 0; n < REJECTIONS_KEPT + 20; n++) rejections.keep(rejectionOf({ siteId: null }));
      for (let n = 0; n < 3; n++) rejections.keep(rejectionOf({ siteId: 1 }));
      const found = await rejections.list(ALL);
      const countOf = (siteId: number | null) => found.filter((one) => one.siteId === siteId).length;
      expect([countOf(1), countOf(2), countOf(null)]).toEqual([REJECTIONS_KEPT, 5, REJECTIONS_KEPT]);
      expect(found.some(({ message }) => message === "1")).toBe(false);
      expect(found.some(({ message }) => message === "2")).toBe(true);
      const { rows } = await database.sql.execute("SELECT count(*) AS n FROM rejections");
      expect(rows[0]?.n).toBe(2 * REJECTIONS_KEPT + 5);
    });

    test("beyond what may wait to be written are not kept", async () => {
      await using database = await createDatabase();
      const { rejections } = await database.open();
      for (let n = 0; n < 50_000; n++) rejections.keep(rejectionOf({ siteId: n }));
      expect(await rejections.list(ALL)).toHaveLength(2_000);
    });

    test("are removed after a week", async () => {
      await using database = await createDatabase();
      const { rejections, purges } = await database.open();
      rejections.keep(rejectionOf({ at: NOON - 7 * MS_PER_DAY - 1 }));
      rejections.keep(rejectionOf({ at: NOON - 7 * MS_PER_DAY }));
      await rejections.list(ALL);
      while (await purges.expireSome({ records: NOON, entries: NOON }));
      expect((await rejections.list(ALL)).map(({ id }) => id)).toEqual([2]);
    });
  });
}

import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import {
  type DeletionBody,
  deleteEvent,
  deleteNow,
  fillSite,
  getDeletion,
  restoreDeletion,
  restoreEvent,
  totalOf,
} from "./deletion-fixture.ts";
import { createKey, createSite, expectError, expectInvalid, expectStatus, ISO_TIME } from "./fixture.ts";

interface DeletionList {
  readonly deletions: readonly DeletionBody[];
  readonly pagination: { readonly limit: number; readonly nextCursor: string | null };
}

describe("/api/v1/deletions", () => {
  onEveryTarget((server) => {
    const list = async (query: string, key?: string): Promise<DeletionList> => {
      const answer = await server().request(`/api/v1/deletions${query}`, key === undefined ? {} : { key });
      return (await expectStatus(answer, 200)) as DeletionList;
    };

    test("GET lists those of a website, newest first, page by page", async () => {
      const site = await createSite(server());
      const ids = await fillSite(server(), site, 5);
      for (const id of ids) await expectStatus(await deleteEvent(server(), id), 200);
      const whole = await list(`?trackingCode=${site.trackingCode}`);
      expect(whole.deletions).toHaveLength(5);
      expect(whole.pagination).toEqual({ limit: 100, nextCursor: null });
      const numbers = whole.deletions.map(({ id }) => Number(id.slice(4)));
      expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
      expect(whole.deletions[0]).toEqual({
        id: expect.stringMatching(/^del-\d+$/),
        websiteId: site.id,
        status: "deleted",
        kind: "event",
        filter: null,
        reason: null,
        by: "environment",
        createdAt: expect.stringMatching(ISO_TIME),
        purgeAt: expect.stringMatching(ISO_TIME),
        endedAt: null,
        events: 1,
        restored: 0,
        purged: 0,
        progress: null,
      });
      const found: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: DeletionList = await list(
          `?trackingCode=${site.trackingCode}&limit=2${cursor && `&cursor=${cursor}`}`,
        );
        found.push(...page.deletions.map(({ id }) => id));
        cursor = page.pagination.nextCursor;
      }
      expect(found).toEqual(whole.deletions.map(({ id }) => id));
    });

    test("show a key those of its own websites, and no others", async () => {
      const [site, other] = [await createSite(server()), await createSite(server())];
      const [mine] = await fillSite(server(), site, 1);
      const [foreign] = await fillSite(server(), other, 1);
      for (const id of [mine, foreign]) await expectStatus(await deleteEvent(server(), id as string), 200);
      const key = await createKey(server(), { permissions: ["events:delete"], sites: [site.id] });
      const own = await list("", key);
      expect(own.deletions.map(({ websiteId }) => websiteId)).toEqual([site.id]);
      const all = await list("");
      expect(all.deletions.slice(0, 2).map(({ websiteId }) => websiteId)).toEqual([other.id, site.id]);
      const hidden = all.deletions[0]?.id as string;
      for (const [path, method] of [
        [`/api/v1/deletions/${hidden}`, "GET"],
        [`/api/v1/deletions/${hidden}/restore`, "POST"],
      ] as const) {
        await expectError(await server().request(path, { method, key }), 404, "NOT_FOUND", "Deletion not found");
      }
      const byCode = await server().request(`/api/v1/deletions?trackingCode=${other.trackingCode}`, { key });
      expect(byCode.status).toBe(404);
      expect(await getDeletion(server(), hidden)).toMatchObject({ status: "deleted" });
    });

    test.each(["del-0", "del-999999999", "del-1x", "1", "del-", "DEL-1", "%00"])("404 for %j", async (id) => {
      const get = await server().request(`/api/v1/deletions/${id}`);
      await expectError(get, 404, "NOT_FOUND", "Deletion not found");
      await expectError(await restoreDeletion(server(), id), 404, "NOT_FOUND", "Deletion not found");
    });

    test("400 for a limit or a cursor that is none", async () => {
      for (const [query, errors] of [
        ["?limit=0", { limit: ["Must be a whole number of at least 1"] }],
        ["?cursor=-1", { cursor: ["Is not a cursor of this list"] }],
      ] as const) {
        await expectInvalid(await server().request(`/api/v1/deletions${query}`), errors, "Invalid query parameters");
      }
      expect((await list("?limit=5000")).pagination.limit).toBe(1_000);
    });

    test("restore brings all events back that still wait, once; then it is a conflict", async () => {
      const site = await createSite(server());
      const ids = await fillSite(server(), site, 6);
      const { deletionId } = await deleteNow(server(), site, { all: true });
      await expectStatus(await restoreEvent(server(), ids[0] as string), 200);
      expect(await totalOf(server(), site)).toBe(1);
      const restored = await expectStatus(await restoreDeletion(server(), deletionId as string), 200);
      expect(restored).toMatchObject({ status: "restored", events: 6, restored: 6, endedAt: expect.any(String) });
      expect(await totalOf(server(), site)).toBe(6);
      await expectError(
        await restoreDeletion(server(), deletionId as string),
        409,
        "CONFLICT",
        "The deletion has been restored already",
      );
    });

    test("restore of 2,500 events is answered when they are back", async () => {
      const site = await createSite(server());
      await fillSite(server(), site, 2_500);
      const { deletionId } = await deleteNow(server(), site, { all: true });
      const restored = await expectStatus(await restoreDeletion(server(), deletionId as string), 200);
      expect(restored).toMatchObject({ status: "restored", restored: 2_500 });
      expect(await totalOf(server(), site)).toBe(2_500);
    });
  });
});

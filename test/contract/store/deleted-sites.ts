import { describe, expect, test } from "bun:test";
import type { SiteReference } from "../../../src/domain/site.ts";
import { eventually } from "../../support/clock.ts";
import { NOON, type TestDatabase } from "../../support/store.ts";
import { newSite, SEEN_WITHIN_MS } from "./site.ts";

const DELETION = { deletedAt: NOON, purgeAt: NOON + 1_000 };

export function deletedSitesContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("a site", () => {
    test("is changed in part; what is left out stays", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const site = await sites.addSite(newSite());
      const other = await sites.addSite(
        newSite({ domain: null, trackingCode: "pm-2-2", siteKey: "ak_2", scope: "two" }),
      );
      const settings = {
        publicRead: true,
        allowedOrigins: ["https://a.example", 'https://"b.example'],
        honorGpc: false,
        honorDnt: true,
        retentionDays: 7,
        attributionWindowDays: 1,
        eventsPerMinute: 10,
      };
      expect(await sites.updateSite(site.id, settings)).toEqual({ ...site, ...settings });
      const names = { name: "n", domain: null, description: "d", scope: "three", allowedOrigins: null };
      expect(await sites.updateSite(site.id, names)).toEqual({ ...site, ...settings, ...names });
      expect(await sites.findSite({ by: "id", id: site.id })).toEqual({ ...site, ...settings, ...names });
      expect(await sites.findSite({ by: "scope", text: "example-com" })).toBeNull();
      expect(await sites.findSite({ by: "id", id: other.id })).toEqual(other);
      expect(await sites.updateSite(99, { name: "n" })).toBeNull();
    });

    test.each([{ domain: "example.com" }, { scope: "example-com" }])(
      "is not changed to %j, which another one has",
      async (changes) => {
        await using database = await createDatabase();
        const { sites } = await database.open();
        await sites.addSite(newSite());
        const site = await sites.addSite(
          newSite({ domain: null, trackingCode: "pm-2-2", siteKey: "ak_2", scope: "two" }),
        );
        const error: unknown = await sites.updateSite(site.id, changes).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: "conflict" });
        expect(await sites.findSite({ by: "id", id: site.id })).toEqual(site);
      },
    );

    test("that is deleted is found by nobody, and cannot be changed or deleted again", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const site = await sites.addSite(newSite());
      const references: SiteReference[] = [
        { by: "id", id: site.id },
        { by: "trackingCode", text: site.trackingCode },
        { by: "siteKey", text: site.siteKey },
        { by: "scope", text: site.scope },
      ];
      for (const reference of references) expect(await sites.findSite(reference)).toEqual(site);
      expect(await sites.deleteSite(site.id, DELETION)).toBe(true);
      for (const reference of references) expect(await sites.findSite(reference)).toBeNull();
      expect(await sites.listSites()).toEqual([]);
      expect(await sites.updateSite(site.id, { name: "n" })).toBeNull();
      expect(await sites.deleteSite(site.id, DELETION)).toBe(false);
      for (const reference of references) {
        expect(await sites.findDeletedSite(reference, NOON)).toEqual({ ...site, ...DELETION });
      }
    });

    test("that is deleted can be restored until its purge, and not from then on", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const site = await sites.addSite(newSite());
      expect(await sites.restoreSite(site.id, NOON)).toBeNull();
      await sites.deleteSite(site.id, DELETION);
      const last = DELETION.purgeAt - 1;
      expect(await sites.findDeletedSite({ by: "id", id: site.id }, DELETION.purgeAt)).toBeNull();
      expect(await sites.listDeletedSites(DELETION.purgeAt)).toEqual([]);
      expect(await sites.restoreSite(site.id, DELETION.purgeAt)).toBeNull();
      expect(await sites.listDeletedSites(last)).toEqual([{ ...site, ...DELETION }]);
      expect(await sites.restoreSite(site.id, last)).toEqual(site);
      expect(await sites.listDeletedSites(last)).toEqual([]);
      expect(await sites.findSite({ by: "scope", text: site.scope })).toEqual(site);
    });

    test("whose names are taken by now is not restored", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const site = await sites.addSite(newSite());
      await sites.deleteSite(site.id, DELETION);
      const taker = await sites.addSite(newSite({ trackingCode: "pm-2-2", siteKey: "ak_2" }));
      const error: unknown = await sites.restoreSite(site.id, NOON).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "conflict" });
      expect(await sites.listSites()).toEqual([taker]);
      expect(await sites.listDeletedSites(NOON)).toEqual([{ ...site, ...DELETION }]);
    });

    test("of several deleted ones with one scope, the last is found, and all are listed, the last first", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const add = (n: number) => sites.addSite(newSite({ trackingCode: `pm-${n}-0`, siteKey: `ak_${n}` }));
      const ids = [];
      for (const n of [1, 2, 3]) {
        const { id } = await add(n);
        await sites.deleteSite(id, { ...DELETION, deletedAt: NOON - n });
        ids.push(id);
      }
      expect(await sites.findDeletedSite({ by: "scope", text: "example-com" }, NOON)).toMatchObject({
        id: ids[0] ?? 0,
      });
      expect((await sites.listDeletedSites(NOON)).map(({ id }) => id)).toEqual(ids);
    });

    test("that another store changes, deletes or restores is seen so within a second", async () => {
      await using database = await createDatabase();
      const [here, there] = [await database.open(), await database.open({ role: "command" })];
      const site = await here.sites.addSite(newSite());
      const seen = (what: string, check: (name: string | null) => boolean) =>
        eventually(what, SEEN_WITHIN_MS, async () =>
          check((await here.sites.findSite({ by: "scope", text: site.scope }))?.name ?? null),
        );
      await seen("the site", (name) => name === site.name);
      await there.sites.updateSite(site.id, { name: "changed" });
      await seen("the change", (name) => name === "changed");
      await there.sites.deleteSite(site.id, DELETION);
      await seen("the deletion", (name) => name === null);
      await there.sites.restoreSite(site.id, NOON);
      await seen("the restored site", (name) => name === "changed");
    });

    test("is not looked for under a name that is too long to be one", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const reference: SiteReference = { by: "scope", text: "x".repeat(101) };
      expect(sites.recallSite(reference)).toBeNull();
      expect(await sites.findSite(reference)).toBeNull();
      expect(await sites.findDeletedSite(reference, NOON)).toBeNull();
    });
  });

  describe("an origin", () => {
    test("is allowed while a live site names it", async () => {
      await using database = await createDatabase();
      const { sites } = await database.open();
      const [one, other] = ["https://a.example", "https://b.example"];
      expect(await sites.isAllowedOrigin(one)).toBe(false);
      const site = await sites.addSite(newSite({ allowedOrigins: [one, other] }));
      expect([await sites.isAllowedOrigin(one), await sites.isAllowedOrigin(other)]).toEqual([true, true]);
      expect(await sites.isAllowedOrigin("https://a.example.evil")).toBe(false);
      expect(await sites.isAllowedOrigin("a")).toBe(false);
      await sites.updateSite(site.id, { allowedOrigins: [other] });
      expect([await sites.isAllowedOrigin(one), await sites.isAllowedOrigin(other)]).toEqual([false, true]);
      await sites.deleteSite(site.id, DELETION);
      expect(await sites.isAllowedOrigin(other)).toBe(false);
      await sites.restoreSite(site.id, NOON);
      expect(await sites.isAllowedOrigin(other)).toBe(true);
    });
  });
}

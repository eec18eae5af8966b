import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { deleteEvent, deleteNow, fillSite, restoreDeletion, restoreEvent } from "./deletion-fixture.ts";
import { createKey, createSite, expectError, expectInvalid, expectStatus, ISO_TIME } from "./fixture.ts";

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly by: string;
  readonly websiteId: string | null;
  readonly deletionId: string | null;
  readonly keyId: string | null;
  readonly events: number | null;
}

interface AuditList {
  readonly entries: readonly Entry[];
  readonly pagination: { readonly limit: number; readonly nextCursor: string | null };
}

describe("GET /api/v1/audit", () => {
  onEveryTarget((server) => {
    const list = async (query = ""): Promise<AuditList> =>
      (await expectStatus(await server().request(`/api/v1/audit${query}`), 200)) as AuditList;

    test("says who deleted, restored, erased and exported how many events, and who made keys; never what was in them", async () => {
      const site = await createSite(server());
      const key = await createKey(server(), { permissions: ["events:delete", "events:read"] });
      const by = key.slice(3, 11);
      const ids = await fillSite(server(), site, 6, (n) => ({ visitorId: n < 2 ? "secret-visitor" : "v" }));
      const { deletionId } = await deleteNow(server(), site, { visitorId: "secret-visitor", reason: "secret-reason" });
      await expectStatus(await restoreEvent(server(), ids[0] as string), 200);
      await expectStatus(await restoreDeletion(server(), deletionId as string), 200);
      const path = `/api/v1/visitors/secret-visitor`;
      const code = `trackingCode=${site.trackingCode}`;
      await (await server().request(`${path}/export?${code}`, { key })).text();
      const erased = await server().request(`${path}?${code}`, { method: "DELETE", key });
      const erasure = ((await expectStatus(erased, 200)) as { deletionId: string }).deletionId;

      const { entries } = await list(`?${code}`);
      const of = (action: string, who: string, id: string | null, events: number | null) => ({
        id: expect.any(String),
        at: expect.stringMatching(ISO_TIME),
        action,
        by: who,
        websiteId: site.id,
        deletionId: id,
        keyId: null,
        events,
      });
      expect(entries).toEqual([
        of("visitor.erase", by, erasure, 2),
        of("visitor.export", by, null, null),
        of("events.restore", "environment", deletionId, 1),
        of("events.restore", "environment", deletionId, 1),
        of("events.delete", "environment", deletionId, 2),
      ]);
      const created = await list("?action=key.create&limit=1");
      expect(created.entries).toMatchObject([{ action: "key.create", by: "environment", keyId: by, websiteId: null }]);
      expect(JSON.stringify([await list("?limit=1000")])).not.toContain("secret");
    });

    test("is filtered by action, by who, by website and by time, and paged", async () => {
      const site = await createSite(server());
      const key = await createKey(server(), { permissions: ["events:delete"], sites: [site.id] });
      const ids = await fillSite(server(), site, 5);
      for (const [n, id] of ids.entries()) {
        const own = n % 2 === 0 ? { key } : {};
        await expectStatus(await server().request(`/api/v1/events/${id}`, { method: "DELETE", ...own }), 200);
      }
      const code = `trackingCode=${site.trackingCode}`;
      const count = async (query: string) => (await list(`?${code}${query}`)).entries.length;
      expect(await count("")).toBe(5);
      expect(await count(`&by=${key.slice(3, 11)}`)).toBe(3);
      expect(await count("&action=events.delete")).toBe(5);
      expect(await count("&action=events.restore")).toBe(0);
      expect(await count("&from=2020-01-01&to=2999-12-31")).toBe(5);
      expect(await count("&to=2020-01-01")).toBe(0);
      const found: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: AuditList = await list(`?${code}&limit=2${cursor && `&cursor=${cursor}`}`);
        found.push(...page.entries.map(({ id }) => id));
        cursor = page.pagination.nextCursor;
      }
      expect(found).toEqual((await list(`?${code}`)).entries.map(({ id }) => id));
    });

    test("400 for a filter that makes no sense", async () => {
      const refused = async (query: string, errors: Record<string, string[]>) =>
        expectInvalid(await server().request(`/api/v1/audit?${query}`), errors, "Invalid query parameters");
      await refused("from=soon", { from: ["Must be an ISO 8601 time, a date, or milliseconds since 1970"] });
      await refused("limit=x", { limit: ["Must be a whole number of at least 1"] });
      await refused("cursor=!", { cursor: ["Is not a cursor of this list"] });
      expect((await server().request("/api/v1/audit?action=anything")).status).toBe(400);
      expect((await server().request("/api/v1/audit?by=%00")).status).toBe(400);
    });

    test("403 for a key that is bound to some websites, or may not manage keys", async () => {
      const site = await createSite(server());
      const [id] = await fillSite(server(), site, 1);
      await expectStatus(await deleteEvent(server(), id as string), 200);
      const bound = await createKey(server(), { permissions: ["keys:manage"], sites: [site.id] });
      const other = await createKey(server(), { permissions: ["events:delete", "events:read", "sites:manage"] });
      const ask = (key: string) => server().request("/api/v1/audit", { key });
      await expectError(
        await ask(bound),
        403,
        "FORBIDDEN",
        "The API key is bound to some websites; this needs one for all websites",
      );
      await expectError(await ask(other), 403, "FORBIDDEN", "The API key lacks the permission keys:manage");
      const manager = await createKey(server(), { permissions: ["keys:manage", "events:read"] });
      expect((await ask(manager)).status).toBe(200);
    });
  });
});

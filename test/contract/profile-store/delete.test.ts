import { describe, expect, test } from "bun:test";
import { onEveryQueryTarget, startApp, type TestServer } from "../../support/server.ts";
import { openSql } from "../../support/store.ts";
import { createKey, createScope, expectStatus, listed, postTrack, previewed, type Track, track } from "./fixture.ts";

const DAY = 86_400_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;
const NOT_FOUND = { error: { code: "NotFound", message: "Event not found" } };

type Key = { readonly key?: string };

const pathOf = (scope: string, id: string) => `/api/v2.0/TrackEvents/${encodeURIComponent(scope)}/${id}`;

const remove = (server: TestServer, { Scope, TrackId }: Pick<Track, "Scope" | "TrackId">, init: Key = {}) =>
  server.request(pathOf(Scope, TrackId), { ...init, method: "DELETE" });

const restore = (server: TestServer, { Scope, TrackId }: Pick<Track, "Scope" | "TrackId">, init: Key = {}) =>
  server.request(`${pathOf(Scope, TrackId)}/restore`, { ...init, method: "POST" });

describe("DELETE TrackEvents/{scope}/{id}", () => {
  onEveryQueryTarget((server) => {
    const count = async (scope: string) => (await previewed(server(), "Events", scope)).count;

    test("200 when it was deleted: no list, total or query finds it any more; 404 the second time", async () => {
      const { scope, siteId } = await createScope(server());
      const key = await createKey(server(), siteId);
      const gone = await postTrack(server(), track({ Scope: scope, Value: "gone" }));
      const stays = await postTrack(server(), track({ Scope: scope, Value: "stays" }));
      const deleted = (await expectStatus(await remove(server(), gone, { key }), 200)) as Record<string, string>;
      expect(deleted).toEqual({
        TrackId: gone.TrackId,
        Scope: scope,
        DeletedAt: expect.stringMatching(TIME),
        PurgeAt: expect.stringMatching(TIME),
      });
      const wait = Date.parse(deleted.PurgeAt ?? "") - Date.parse(deleted.DeletedAt ?? "");
      expect(wait).toBeWithin(DAY, 2 * DAY + 1);
      expect(await listed(server(), {}, { key })).toEqual({ items: [stays], total: 1, count: 1 });
      expect(await listed(server(), { $filter: "Value eq gone" }, { key })).toMatchObject({ total: 0 });
      expect((await previewed(server(), "Events | summarize n = count()", scope)).items).toEqual([{ n: 1 }]);
      expect(await expectStatus(await remove(server(), gone, { key }), 404)).toEqual(NOT_FOUND);
    });

    test("404 for what does not exist: in that scope, with that id, or at all", async () => {
      const [own, other] = [await createScope(server()), await createScope(server())];
      const event = await postTrack(server(), track({ Scope: own.scope }));
      for (const [scope, id] of [
        [other.scope, event.TrackId],
        [own.scope.toUpperCase(), event.TrackId],
        ["default", event.TrackId],
        ["nobodys", event.TrackId],
        ["a\0b", event.TrackId],
        [own.scope, "1"],
        [own.scope, `0${event.TrackId}`],
        [own.scope, `${event.TrackId}0`],
        [own.scope, "9".repeat(400)],
        [own.scope, "x"],
        [own.scope, "%00"],
        [own.scope, "1'%20OR%20'1'='1"],
      ] as const) {
        const response = await server().request(pathOf(scope, id), { method: "DELETE" });
        expect(await expectStatus(response, 404)).toEqual(NOT_FOUND);
      }
      expect(await count(own.scope)).toBe(1);
    });

    test("404 with a key of another scope, 403 with one that may not delete; neither deletes", async () => {
      const [own, other] = [await createScope(server()), await createScope(server())];
      const event = await postTrack(server(), track({ Scope: own.scope }));
      const foreign = await createKey(server(), other.siteId);
      const lacking = await createKey(server(), own.siteId, ["events:read", "events:write"]);
      expect(await expectStatus(await remove(server(), event, { key: foreign }), 404)).toEqual(NOT_FOUND);
      expect(await expectStatus(await remove(server(), event, { key: lacking }), 403)).toMatchObject({
        error: { code: "Forbidden" },
      });
      expect(await count(own.scope)).toBe(1);
    });

    test("the path may be in another case, and end with a slash; the scope may not be in another case", async () => {
      const { scope } = await createScope(server());
      for (const [before, after] of [
        ["/api/v2.0/trackevents", ""],
        ["/API/V2.0/TRACKEVENTS", "/"],
        ["/api/v2.0/TrackEvents", "/"],
      ]) {
        const { TrackId } = await postTrack(server(), track({ Scope: scope }));
        const ask = (of: string) => server().request(`${before}/${of}/${TrackId}${after}`, { method: "DELETE" });
        expect((await ask(scope.toUpperCase())).status).toBe(404);
        expect((await ask(scope)).status).toBe(200);
      }
      expect(await count(scope)).toBe(0);
    });

    test("an event of a scope that no site has goes by the scope that it shows, also once a site has that scope", async () => {
      const scope = `late-${crypto.randomUUID().slice(0, 8)}`;
      const [first, second] = [
        await postTrack(server(), track({ Scope: scope })),
        await postTrack(server(), track({ Scope: scope })),
      ];
      expect((await remove(server(), { ...first, Scope: "default" })).status).toBe(404);
      expect((await remove(server(), first)).status).toBe(200);
      const site = { name: "Late", domain: `${scope}.example`, scope };
      expect(await expectStatus(await server().request("/api/v1/websites", { json: site }), 201)).toMatchObject({
        scope,
      });
      expect((await remove(server(), second)).status).toBe(200);
      expect((await restore(server(), second)).status).toBe(200);
      expect((await listed(server(), { $filter: `Scope eq '${scope}'` })).items).toEqual([second]);
    });

    test("deletes what came in through another API", async () => {
      const response = await server().request("/api/v1/websites", { json: { name: "A", domain: "other-api.example" } });
      const { scope, trackingCode } = (await expectStatus(response, 201)) as { scope: string; trackingCode: string };
      const event = { trackingCode, eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
      await expectStatus(await server().request("/api/v1/events", { json: event }), 201);
      const { items } = await previewed(server(), "Events", scope);
      expect((await remove(server(), items[0] as unknown as Track)).status).toBe(200);
      const left = await server().request(`/api/v1/events?trackingCode=${trackingCode}`);
      expect(await expectStatus(left, 200)).toMatchObject({ events: [], pagination: { total: 0 } });
    });
  });
});

test("500 for a fault inside, of which nothing is told, and 200 when the same request is sent again", async () => {
  await using app = await startApp();
  using sql = openSql(app.database);
  const event = await postTrack(app, track());
  await sql.execute("CREATE TRIGGER fault BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'a secret fault'); END");
  expect(await expectStatus(await remove(app, event), 500)).toEqual({
    error: { code: "InternalServerError", message: expect.not.stringContaining("secret") },
  });
  expect((await listed(app, {})).items).toEqual([event]);
  await sql.execute("DROP TRIGGER fault");
  expect((await remove(app, event)).status).toBe(200);
  expect((await listed(app, {})).items).toEqual([]);
});

describe("POST TrackEvents/{scope}/{id}/restore", () => {
  onEveryQueryTarget((server) => {
    test("200, and the event is there as it was; a repeat changes nothing", async () => {
      const { scope, siteId } = await createScope(server());
      const key = await createKey(server(), siteId);
      const event = await postTrack(server(), track({ Scope: scope, Payload: { b: 1, a: 2 } }));
      await expectStatus(await remove(server(), event, { key }), 200);
      for (let times = 0; times < 2; times++) {
        expect(await expectStatus(await restore(server(), event, { key }), 200)).toEqual({
          TrackId: event.TrackId,
          Scope: scope,
        });
      }
      expect(await listed(server(), {}, { key })).toEqual({ items: [event], total: 1, count: 1 });
    });

    test("404 for another scope, a key of another scope, and an id that is none", async () => {
      const [own, other] = [await createScope(server()), await createScope(server())];
      const event = await postTrack(server(), track({ Scope: own.scope }));
      await expectStatus(await remove(server(), event), 200);
      const foreign = await createKey(server(), other.siteId);
      for (const response of [
        await restore(server(), event, { key: foreign }),
        await restore(server(), { ...event, Scope: other.scope }),
        await restore(server(), { ...event, TrackId: "x" }),
        await restore(server(), { ...event, TrackId: "1" }),
      ]) {
        expect(await expectStatus(response, 404)).toEqual(NOT_FOUND);
      }
      expect((await previewed(server(), "Events", own.scope)).count).toBe(0);
    });
  });
});

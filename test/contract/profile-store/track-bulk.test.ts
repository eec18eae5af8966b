import { describe, expect, test } from "bun:test";
import { onEveryQueryTarget } from "../../support/server.ts";
import { createKey, createScope, expectBad, expectStatus, listed, postBulk, track } from "./fixture.ts";

describe("POST TrackBulk", () => {
  onEveryQueryTarget((server) => {
    const send = (json: unknown, path = "/api/v2.0/TrackBulk") => server().request(path, { json });

    test.each(["/api/v1.0/TrackBulk", "/api/v2.0/TrackBulk"])(
      "%s stores up to 100 events, and answers in their order",
      async (path) => {
        const { scope, siteId } = await createScope(server());
        const events = Array.from({ length: 100 }, (_, n) =>
          track({ Value: `v${n}`, Scope: scope, Payload: { 2: n, 1: n } }),
        );
        const answer = (await expectStatus(await send(events, path), 201)) as {
          items: Record<string, unknown>[];
          count: number;
        };
        expect(answer.count).toBe(100);
        expect(answer.items.map(({ Value }) => Value)).toEqual(events.map(({ Value }) => Value));
        expect(new Set(answer.items.map(({ TrackId }) => TrackId)).size).toBe(100);
        const key = await createKey(server(), siteId);
        expect((await listed(server(), {}, { key })).total).toBe(100);
      },
    );

    test("every field of every event comes back to the letter, from the answer, the list and a query", async () => {
      const { scope, siteId } = await createScope(server());
      const members = (n: number) =>
        `"DeviceId":"d-${n}","EventType":"order","Value":"","Scope":"${scope}","PageUri":"any:é",` +
        `"PageTitle":"Caf\u00e9","RemoteAddress":"::${n}","SessionId":"s",` +
        `"User":{"b":"x","1":2},"Payload":{"z":1.10,"10":9007199254740993,"2":{"1":[],"0":null}},` +
        `"CountryCode":"Localhost","City":"","EventTime":"2017-09-15T07:16:34.795781${n}Z"`;
      const sent = [2, 1].map(members);
      const body = `[\n ${sent.map((one) => `{${one}}`).join(" ,\n ")} ]`;
      const answer = await (await server().request("/api/v2.0/TrackBulk", { method: "POST", body })).text();
      const withoutIds = (text: string) => text.replaceAll(/"TrackId":"\d+",/g, "");
      const items = sent.map((one) => `{${one}}`.replace("\\u00e9", "é")).join(",");
      expect(withoutIds(answer)).toBe(`{"items":[${items}],"count":2}`);
      const key = await createKey(server(), siteId);
      const list = await server().request("/api/v2.0/TrackEvents", { key });
      expect(withoutIds(await list.text())).toBe(`{"items":[${items}],"total":2,"count":2}`);
      const query = { Query: "Events | sort by EventTime desc", Scope: scope };
      const found = await server().request("/api/v2.0/TrackEvents/preview", { key, json: query });
      expect(withoutIds(await found.text())).toBe(`{"items":[${items}],"count":2}`);
    });

    test("an empty list is stored as such", async () => {
      expect(await postBulk(server(), [])).toEqual({ items: [], count: 0 } as never);
    });

    test("one invalid event and none is stored; every wrong field of every event is named", async () => {
      const { scope, siteId } = await createScope(server());
      const response = await send([
        track({ Scope: scope }),
        { Value: "v" },
        track({ Scope: scope, EventTime: "x" }),
        5,
      ]);
      expect(await expectStatus(response, 400)).toEqual({
        error: {
          code: "BadArgument",
          message: "Some events are invalid; none was stored",
          target: "1.DeviceId",
          details: [
            { code: "BadArgument", target: "1.DeviceId", message: "Required" },
            { code: "BadArgument", target: "1.EventType", message: "Required" },
            {
              code: "BadArgument",
              target: "2.EventTime",
              message: "Must be an ISO 8601 time of the years 0001 to 9999",
            },
            { code: "BadArgument", target: "3.body", message: "Must be a track event" },
          ],
        },
      });
      const key = await createKey(server(), siteId);
      expect((await listed(server(), {}, { key })).total).toBe(0);
    });

    test("one event of a scope that the key is not for, and none is stored", async () => {
      const [own, other] = [await createScope(server()), await createScope(server())];
      const key = await createKey(server(), own.siteId);
      const events = [track({ Scope: own.scope }), track({ Scope: other.scope })];
      expect((await server().request("/api/v2.0/TrackBulk", { key, json: events })).status).toBe(403);
      expect((await listed(server(), {}, { key })).total).toBe(0);
    });

    test("more than 100 events are refused", async () => {
      await expectBad(await send(Array(101).fill(track())), "body", "Must have at most 100 items");
    });

    test.each([{}, "text", null])("%p is no list of events", async (body) => {
      const response = await send(body);
      expect(await expectStatus(response, 400)).toEqual({ error: expect.objectContaining({ code: "BadArgument" }) });
    });

    test("100 events of 256 KiB each go in at once; a larger one is refused", async () => {
      const { scope } = await createScope(server());
      const empty = JSON.stringify(track({ Scope: scope, Value: "" })).length;
      const filled = (size: number) => track({ Scope: scope, Value: "x".repeat(size - empty) });
      const answer = await postBulk(server(), Array(100).fill(filled(256 * 1024)));
      expect(answer.count).toBe(100);
      await expectBad(
        await send([filled(256 * 1024), filled(256 * 1024 + 1)]),
        "1.body",
        "Must be at most 262144 bytes as JSON",
      );
    });
  });
});

import { describe, expect, test } from "bun:test";
import { onEveryQueryTarget } from "../../support/server.ts";
import { createKey, createScope, expectStatus, FIELDS, list, postBulk, type Track, track } from "./fixture.ts";
import { EXAMPLE_EVENT, EXAMPLE_REQUEST, EXAMPLE_RESPONSE } from "./seed/document.ts";

describe("the document", () => {
  onEveryQueryTarget((server) => {
    test("its track event is taken as it is written, and comes back with every field", async () => {
      const response = await server().request("/api/v2.0/Track", { method: "POST", body: EXAMPLE_EVENT });
      const stored = (await expectStatus(response, 201)) as Track;
      expect(stored).toMatchObject(JSON.parse(EXAMPLE_EVENT));
      const filter = `TrackId eq ${stored.TrackId}`;
      expect(await expectStatus(await list(server(), { $filter: filter }), 200)).toEqual({
        items: [stored],
        total: 1,
        count: 1,
      });
    });

    test("its example request answers its example response, with the key as its header says it", async () => {
      const { scope, siteId } = await createScope(server());
      const key = await createKey(server(), siteId);
      const events = EXAMPLE_RESPONSE.items.map((item) => ({ ...item, Scope: scope }));
      const stored = await postBulk(server(), [
        ...events,
        // What its conditions leave out.
        track({ Scope: scope, EventTime: "2020-01-23T00:00:00Z" }),
        track({ Scope: scope, User: { Email: "" } }),
        track({ Scope: scope, User: { Email: "a@example.com" }, EventType: "click" }),
        track({ Scope: scope, User: { Email: "a@example.com" }, EventTime: "2018-12-31T23:59:59.9999999Z" }),
        track({ Scope: scope, User: { Email: "a@example.com" }, EventTime: "9000-01-01T00:00:00Z" }),
      ]);
      const response = await server().request("/api/v2.0/TrackEvents/preview", {
        key: null,
        method: "POST",
        body: JSON.stringify({ ...EXAMPLE_REQUEST, Scope: scope }),
        headers: {
          authorization: `epi-single ${key}`,
          "content-type": "application/json-patch+json",
          accept: "application/json",
        },
      });
      const answer = (await expectStatus(response, 200)) as typeof EXAMPLE_RESPONSE;
      const [first, second] = stored.items;
      expect(answer).toEqual({
        items: [
          { ...events[1], TrackId: second?.TrackId },
          { ...events[0], TrackId: first?.TrackId },
        ],
        count: 2,
      });
      expect(Object.keys(answer.items[0] ?? {})).toEqual(Object.keys(EXAMPLE_RESPONSE.items[0] ?? {}));
      expect(Object.keys(EXAMPLE_RESPONSE.items[0] ?? {})).toEqual([...FIELDS]);
    });

    test("its query may be written over several lines within the JSON, as it shows it", async () => {
      const { scope } = await createScope(server());
      await postBulk(
        server(),
        EXAMPLE_RESPONSE.items.map((item) => ({ ...item, Scope: scope })),
      );
      const body = `{ "Query" : "${EXAMPLE_REQUEST.Query}", "Scope" : "${scope}" }`;
      const response = await server().request("/api/v2.0/TrackEvents/preview", { method: "POST", body });
      expect(await expectStatus(response, 200)).toMatchObject({ count: 2 });
    });

    test.each(["epi-single", "EPI-Single", "Bearer"])("the key may follow the word %s", async (word) => {
      const headers = { authorization: `${word} ${server().adminKey}` };
      expect((await server().request("/api/v2.0/TrackEvents", { key: null, headers })).status).toBe(200);
    });

    test("the key may come in the header of older clients", async () => {
      const headers = { "Ocp-Apim-Subscription-Key": server().adminKey };
      expect((await server().request("/api/v2.0/TrackEvents", { key: null, headers })).status).toBe(200);
    });
  });
});

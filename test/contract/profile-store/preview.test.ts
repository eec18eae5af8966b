import { beforeAll, describe, expect, test } from "bun:test";
import { onEveryQueryTarget } from "../../support/server.ts";
import {
  createKey,
  createScope,
  expectBad,
  expectStatus,
  FIELDS,
  postBulk,
  preview,
  previewed,
  track,
} from "./fixture.ts";

describe("POST TrackEvents/preview", () => {
  onEveryQueryTarget((server) => {
    let scope = "";
    beforeAll(async () => {
      ({ scope } = await createScope(server()));
      await postBulk(
        server(),
        Array.from({ length: 20 }, (_, n) =>
          track({ Scope: scope, Value: `v${n}`, SessionId: n === 0 ? "" : undefined }),
        ),
      );
    });

    test("answers whole events where the query makes nothing else of them; strings are never null", async () => {
      const { items, count } = await previewed(server(), "Events | where Value == 'v3'", scope);
      expect(count).toBe(1);
      expect(Object.keys(items[0] ?? {})).toEqual([...FIELDS]);
      expect(items[0]).toMatchObject({ Value: "v3", PageUri: "", City: "", User: null, Payload: null });
    });

    test("answers 1,000 rows at most, the newest where the query has no order", async () => {
      const { scope: own } = await createScope(server());
      for (let batch = 0; batch < 11; batch++) {
        const events = Array.from({ length: 100 }, (_, n) => {
          const minutes = batch * 100 + n;
          return track({
            Scope: own,
            Value: String(minutes),
            EventTime: new Date(Date.UTC(2020, 0, 1) + minutes * 60_000).toISOString(),
          });
        });
        await postBulk(server(), events);
      }
      const { items, count } = await previewed(server(), "Events", own);
      expect([count, items.length]).toEqual([1_000, 1_000]);
      expect([items[0]?.Value, items.at(-1)?.Value]).toEqual(["1099", "100"]);
      expect((await previewed(server(), "Events | count", own)).items).toEqual([{ Count: 1_100 }]);
      expect((await previewed(server(), "Events | take 5000 | summarize n = count()", own)).items).toEqual([
        { n: 1_100 },
      ]);
    });

    test.each(["application/json", "application/json-patch+json", "text/plain"])(
      "takes a body of type %s, its names in any case",
      async (type) => {
        const body = JSON.stringify({ query: "Events | count", scope, somethingElse: 1 });
        const response = await server().request("/api/v2.0/TrackEvents/preview", {
          body,
          headers: { "content-type": type },
        });
        expect(await expectStatus(response, 200)).toEqual({ items: [{ Count: 20 }], count: 1 });
      },
    );

    test("is about the scope default where it names none", async () => {
      const marker = crypto.randomUUID();
      await postBulk(server(), [track({ Value: marker })]);
      const query = `Events | where Value == '${marker}' | project Scope`;
      expect((await previewed(server(), query)).items).toEqual([{ Scope: "default" }]);
      for (const Scope of [null, ""]) {
        const response = await server().request("/api/v2.0/TrackEvents/preview", { json: { Query: query, Scope } });
        expect(await expectStatus(response, 200)).toMatchObject({ count: 1 });
      }
    });

    test("404 for a scope that nobody has, and for one that the key is not for", async () => {
      const other = await createScope(server());
      const key = await createKey(server(), other.siteId);
      const body = { error: { code: "NotFound", message: "There is no such scope" } };
      expect(await expectStatus(await preview(server(), "Events", "nobodys"), 404)).toEqual(body);
      expect(await expectStatus(await preview(server(), "Events", scope, { key }), 404)).toEqual(body);
      expect(await expectStatus(await preview(server(), "Events", undefined, { key }), 404)).toEqual(body);
      expect((await preview(server(), "Events", other.scope, { key })).status).toBe(200);
    });

    test.each([
      ["", "Must not be empty"],
      [" \n ", "Must not be empty"],
      [null, "Must be a string"],
      [undefined, "Required"],
      [5, "Must be a string"],
      ["Events | where", "Expected an expression, found the end of the query, at character 15"],
      ["Events | join x", "join is not supported, at character 10"],
      [
        "Events | where Value == {{x}}",
        'Expected an expression; {{parameters}} are not supported, found "{", at character 25',
      ],
      ["// nothing", "Expected the table Events, found the end of the query, at character 11"],
    ])("the query %p is refused", async (Query, message) => {
      await expectBad(
        await server().request("/api/v2.0/TrackEvents/preview", { json: { Query, Scope: scope } }),
        "Query",
        message,
      );
    });

    test("sees test events only when asked to", async () => {
      const response = await server().request("/api/v2.0/TrackEvents/preview?includeTest=true", {
        json: { Query: "Events | count", Scope: scope },
      });
      expect(await expectStatus(response, 200)).toEqual({ items: [{ Count: 20 }], count: 1 });
      await expectBad(
        await server().request("/api/v2.0/TrackEvents/preview?includeTest=maybe", {
          json: { Query: "Events", Scope: scope },
        }),
        "includeTest",
        "Must be true or false",
      );
    });

    test("a result that is too large is refused, whatever made it so", async () => {
      const { scope: own } = await createScope(server());
      await postBulk(
        server(),
        Array.from({ length: 40 }, (_, n) => track({ Scope: own, Value: `${n}`.padEnd(10_000, "x") })),
      );
      const grown = "strcat(Value, Value, Value, Value, Value, Value, Value, Value, Value, Value)";
      const query = `Events | extend a = ${grown} | extend b = ${grown.replaceAll("Value", "a")} | project b`;
      const large = await preview(server(), query, own);
      const message = "The result is too large: ask for fewer rows, or for fewer columns of them";
      expect(await expectStatus(large, 400)).toEqual({ error: { code: "QueryTooExpensive", message } });
      const sum = await preview(server(), "Events | summarize sum(9223372036854775807)", own);
      expect(await expectStatus(sum, 400)).toEqual({ error: { code: "QueryTooExpensive", message } });
      expect((await previewed(server(), `${query} | take 3 | project n = strlen(b)`, own)).items).toEqual(
        Array(3).fill({ n: 1_000_000 }),
      );
    });
  });
});

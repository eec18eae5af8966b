import { beforeAll, describe, expect, test } from "bun:test";
import { onEveryQueryTarget } from "../../support/server.ts";
import {
  createKey,
  createScope,
  expectBad,
  expectStatus,
  FIELDS,
  type List,
  list,
  listed,
  postBulk,
  track,
} from "./fixture.ts";

describe("GET TrackEvents", () => {
  onEveryQueryTarget((server) => {
    let key = "";
    let scope = "";
    const ask = (options: Record<string, string | number>) => listed(server(), options, { key });
    const values = async (options: Record<string, string | number>) =>
      (await ask(options)).items.map(({ Value }) => Value);

    beforeAll(async () => {
      const made = await createScope(server());
      scope = made.scope;
      key = await createKey(server(), made.siteId);
      await postBulk(
        server(),
        Array.from({ length: 12 }, (_, n) =>
          track({
            Scope: scope,
            Value: `v${String(n).padStart(2, "0")}`,
            EventType: n % 3 === 0 ? "epiPageView" : "click",
            City: n % 2 === 0 ? "Malmö" : undefined,
            EventTime: `2019-03-${String(n + 1).padStart(2, "0")}T12:00:00.000000${n % 10}Z`,
            Payload: { n, tags: [`t${n}`, "all"], epi: { campaign: { mailingId: n } } },
          }),
        ),
      );
    });

    test("without options is newest first, with all fields and the total", async () => {
      const found = await ask({});
      expect(Object.keys(found)).toEqual(["items", "total", "count"]);
      expect(found).toMatchObject({ total: 12, count: 12 });
      expect(Object.keys(found.items[0] ?? {})).toEqual([...FIELDS]);
      expect(found.items.map(({ Value }) => Value)).toEqual(
        Array.from({ length: 12 }, (_, n) => `v${String(11 - n).padStart(2, "0")}`),
      );
    });

    test.each(["/api/v1.0/TrackEvents", "/api/v1.0/trackevents", "/api/v2.0/TrackEvents/", "/API/V2.0/TRACKEVENTS"])(
      "%s is the same",
      async (path) => {
        const response = await server().request(path, { key });
        expect(await expectStatus(response, 200)).toEqual((await ask({})) as never);
      },
    );

    test("a window is cut out by $skip and $top; the total does not change", async () => {
      expect(await ask({ $skip: 2, $top: 3 })).toMatchObject({
        total: 12,
        count: 3,
        items: [{ Value: "v09" }, { Value: "v08" }, { Value: "v07" }],
      });
      expect(await ask({ $top: 0 })).toEqual({ items: [], total: 12, count: 0 });
      expect(await ask({ $skip: 50 })).toEqual({ items: [], total: 12, count: 0 });
    });

    test("$skip and $top end before 10,000 together; a real client's $top=10000 passes", async () => {
      const message = "$skip and $top must be less than 10000 together";
      await expectBad(await list(server(), { $skip: 1, $top: 10_000 }, { key }), "$top", message);
      await expectBad(await list(server(), { $top: 10_001 }, { key }), "$top", message);
      await expectBad(await list(server(), { $skip: 9_900 }, { key }), "$skip", message);
      expect(await ask({ $top: 10_000 })).toMatchObject({ total: 12, count: 12 });
      expect(await ask({ $skip: 9_899 })).toMatchObject({ total: 12, count: 0 });
      expect(await ask({ $skip: 9_000, $top: 999 })).toMatchObject({ total: 12, count: 0 });
    });

    test.each([
      ["$top", "-1"],
      ["$top", "x"],
      ["$top", "1.5"],
      ["$top", ""],
      ["$skip", "-1"],
      ["$skip", "1e3"],
    ])("%s=%s is refused", async (name, value) => {
      await expectBad(await list(server(), { [name]: value }, { key }), name, "Must be a whole number from 0 on");
    });

    test.each([
      ["EventType eq 'epiPageView'", ["v09", "v06", "v03", "v00"]],
      ["EventType eq epiPageView", ["v09", "v06", "v03", "v00"]],
      ["EventType EQ epiPageView AND Value GT 'v03'", ["v09", "v06"]],
      ["EventTime eq 2019-03-10", ["v09"]],
      ["EventTime ge 2019-03-10T12:00:00.0000009Z", ["v11", "v10", "v09"]],
      ["EventTime gt 2019-03-10T12:00:00.0000009", ["v11", "v10"]],
      ["EventTime lt 2019-03-02", ["v00"]],
      ["Payload/n lt 2", ["v01", "v00"]],
      ["Payload.epi.campaign.mailingId eq 7", ["v07"]],
      ["Payload/epi/campaign/mailingId in (7,8)", ["v08", "v07"]],
      ["Payload/tags/any(t:t eq 't5')", ["v05"]],
      ["Payload/tags/all(t:length(t) eq 3)", ["v11", "v10"]],
      ["Payload/tags/$count eq 2 and Payload/n eq 1", ["v01"]],
      ["not contains(Value,'v0') and EventType ne 'click'", []],
      ["not contains(Value,'v0') or Value eq 'v01'", ["v11", "v10", "v01"]],
      ["City eq null and Payload/n lt 3", ["v01"]],
      ["tolower(City) eq 'malmö' and Payload/n lt 3", ["v02", "v00"]],
      ["toupper(City) eq 'MALMÖ' and endswith(Value,'2')", ["v02"]],
      ["day(EventTime) eq 5 and hour(EventTime) eq 12", ["v04"]],
      ["substring(Value,1) eq '11'", ["v11"]],
      ["concat(Value,EventType) eq 'v01click'", ["v01"]],
      ["indexof(Value,'11') eq 1", ["v11"]],
      ["trim(concat(' ',Value)) eq 'v11'", ["v11"]],
      ["date(EventTime) eq 2019-03-03", ["v02"]],
      ["EventTime gt now()", []],
      ["Value in ('v01','v02','nope')", ["v02", "v01"]],
    ])("$filter=%s", async ($filter, expected) => {
      const found = await ask({ $filter });
      expect(found.items.map(({ Value }) => Value)).toEqual(expected);
      expect(found.total).toBe(expected.length);
    });

    test("$orderby, in any case and with blanks; ties are newest first", async () => {
      expect((await values({ $orderby: "Value" })).slice(0, 2)).toEqual(["v00", "v01"]);
      expect((await values({ $orderBy: " EventType desc , Payload/n asc " })).slice(0, 5)).toEqual([
        "v00",
        "v03",
        "v06",
        "v09",
        "v01",
      ]);
      expect((await values({ $orderby: "City desc" })).slice(5, 8)).toEqual(["v00", "v11", "v09"]);
      expect((await values({ $orderby: "EventTime asc" })).slice(0, 2)).toEqual(["v00", "v01"]);
    });

    test("$select answers only what it names, in its order; $count=false leaves the total out", async () => {
      expect(await ask({ $select: "Value, EventType", $top: 1 })).toEqual({
        items: [{ Value: "v11", EventType: "click" }],
        total: 12,
        count: 1,
      } as never);
      expect(Object.keys((await ask({ $select: "City,*", $top: 1 })).items[0] ?? {})).toEqual([
        "City",
        ...FIELDS.filter((name) => name !== "City"),
      ]);
      expect(await ask({ $count: "false", $top: 1 })).toMatchObject({ total: null, count: 1 });
      expect(await ask({ $count: "TRUE", $top: 1 })).toMatchObject({ total: 12, count: 1 });
    });

    test("parameters are taken as clients write them: blanks around, no $, pluses, unknown ones", async () => {
      const request = async (query: string) =>
        (await expectStatus(await server().request(`/api/v2.0/TrackEvents?${query}`, { key }), 200)) as List;
      const expected = await ask({ $filter: "Value eq 'v03'" });
      for (const query of [
        "%20$filter%20=%20Value%20eq%20'v03'%20&$top=5",
        "filter=Value+eq+'v03'&whatever=1&$format=json",
        "$Filter=Value%20eq%20%27v03%27%20&%20$TOP=%205%20",
        "$filter=Value eq v03",
        "&&$filter=Value%20eq%20'v03'&",
      ]) {
        expect(await request(query)).toEqual(expected);
      }
      // The plus of a zone is one, encoded or not.
      for (const time of ["14:00:00.0000001+02:00", "14%3A00%3A00.0000001+02%3A00", "14:00:00.0000001%2B02:00"]) {
        expect((await request(`$filter=EventTime+ge+2019-03-12T${time}`)).items).toMatchObject([{ Value: "v11" }]);
      }
    });

    test.each([
      ["$filter=Value%20eq", "$filter", "Expected a value, found the end, at character 9"],
      ["$filter=Value%20eq%20'x'%20&$filter=true", "$filter", "Must not be given twice"],
      ["$orderby=Value&$orderBy=City", "$orderby", "Must not be given twice"],
      ["$orderby=Value%20up", "$orderby", 'Expected a comma, asc, desc or the end, found "up", at character 7'],
      ["$select=Nope", "$select", "There is no property Nope, at character 1"],
      ["$count=maybe", "$count", "Must be true or false"],
      ["$filter=%zz", "$filter", "Is not encoded as a URL has to be: a percent sign is written %25"],
      ["$filter=Value%20eq%20'%00'", "$filter", "Must not contain NUL characters"],
      ["$expand=User", "$expand", "$expand is not supported"],
      ["$search=x", "$search", "$search is not supported"],
      ["$apply=x", "$apply", "$apply is not supported"],
    ])("?%s is refused", async (query, target, message) => {
      await expectBad(await server().request(`/api/v2.0/TrackEvents?${query}`, { key }), target, message);
    });

    test("a key sees the events of all its scopes together, newest first, and of no other", async () => {
      const [a, b, foreign] = [await createScope(server()), await createScope(server()), await createScope(server())];
      const at = (minute: number, Scope: string) =>
        track({ Scope, Value: `${minute}`, EventTime: `2020-01-01T00:0${minute}:00Z` });
      await postBulk(server(), [at(1, a.scope), at(2, b.scope), at(3, foreign.scope), at(4, a.scope), at(5, b.scope)]);
      const response = await server().request("/api/v1/keys", {
        json: { name: "Two scopes", permissions: ["events:read"], sites: [a.siteId, b.siteId] },
      });
      const both = ((await expectStatus(response, 201)) as { key: string }).key;
      const found = await listed(server(), {}, { key: both });
      expect(found.items.map(({ Value, Scope }) => [Value, Scope])).toEqual([
        ["5", b.scope],
        ["4", a.scope],
        ["2", b.scope],
        ["1", a.scope],
      ]);
      expect(found.total).toBe(4);
      expect((await listed(server(), { $filter: `Scope eq ${a.scope}`, $top: 1 }, { key: both })).total).toBe(2);
      expect((await listed(server(), { $filter: `Scope eq ${foreign.scope}` }, { key: both })).total).toBe(0);
    });

    test("TrackId finds its event, and no text that is none", async () => {
      const [first] = (await ask({ $top: 1 })).items;
      expect((await ask({ $filter: `TrackId eq '${first?.TrackId}'` })).items).toEqual([first as never]);
      expect((await ask({ $filter: `TrackId eq ${first?.TrackId}` })).total).toBe(1);
      for (const text of ["0", `0${first?.TrackId}`, `${first?.TrackId} `, "x", "9".repeat(30)]) {
        expect((await ask({ $filter: `TrackId eq '${text}'` })).total).toBe(0);
      }
    });
  });
});

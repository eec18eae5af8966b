import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { jsonDocument, textsOf, write } from "../../support/json-documents.ts";
import { onEveryQueryTarget } from "../../support/server.ts";
import {
  createKey,
  createScope,
  expectBad,
  expectStatus,
  FIELDS,
  listed,
  postTrack,
  previewed,
  track,
} from "./fixture.ts";

/** The object of the document's example. */
const EXAMPLE = {
  DeviceId: "91687965-bc76-49a2-862c-e014441b8f6b",
  EventType: "home",
  Value: "Visited the start page.",
  PageUri: "https://example.com/en/",
  RemoteAddress: "::1",
  Payload: {
    name: "Home page",
    contentGuid: "440be34f-d08a-4a7e-b019-55448d065d28",
    contentLink: "163204",
    contentTypeID: 170,
    parentLink: "163198",
  },
  EventTime: "2017-09-15T07:16:34.7957819Z",
  CountryCode: "Localhost",
};

const ALL = {
  ...EXAMPLE,
  PageTitle: "Home",
  SessionId: "session",
  User: { Name: "A", Email: "a@example.com" },
  City: "Örebro",
};

describe("POST Track", () => {
  onEveryQueryTarget((server) => {
    const send = (text: string, path = "/api/v2.0/Track") =>
      server().request(path, { body: text, method: "POST", headers: { "content-type": "application/json" } });

    test("answers with the stored event: every field as it came, all fields there", async () => {
      const { scope } = await createScope(server());
      const stored = await postTrack(server(), { ...ALL, Scope: scope });
      expect(Object.keys(stored)).toEqual([...FIELDS]);
      expect(stored).toEqual({ ...ALL, Scope: scope, TrackId: expect.stringMatching(/^\d+$/) });
    });

    test("what is stored is what both ways of reading answer", async () => {
      const { scope, siteId } = await createScope(server());
      const stored = await postTrack(server(), { ...ALL, Scope: scope });
      const key = await createKey(server(), siteId);
      expect((await listed(server(), {}, { key })).items).toEqual([stored]);
      expect((await previewed(server(), "Events", scope)).items).toEqual([stored]);
    });

    test.each(["/api/v1.0/Track", "/api/v2.0/Track"])("%s takes camelCase", async (path) => {
      const camel = Object.fromEntries(
        Object.entries(ALL).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
      );
      const response = await server().request(path, { json: camel });
      expect(await expectStatus(response, 201)).toMatchObject(ALL);
    });

    test("what was not sent is null, the scope is default, the time is now", async () => {
      const before = Date.now();
      const stored = await postTrack(server(), { DeviceId: "", EventType: "", Value: "" });
      expect(stored).toMatchObject({ DeviceId: "", EventType: "", Value: "", Scope: "default" });
      for (const name of [
        "PageUri",
        "PageTitle",
        "RemoteAddress",
        "SessionId",
        "User",
        "Payload",
        "CountryCode",
        "City",
      ]) {
        expect(stored[name]).toBeNull();
      }
      expect(String(stored.EventTime)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
      expect(Date.parse(String(stored.EventTime))).toBeWithin(before - 1, Date.now() + 1);
    });

    test.each([
      ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z"],
      ["9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"],
      ["1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z"],
      ["2017-09-15T07:16:34.7957819Z", "2017-09-15T07:16:34.7957819Z"],
      ["2017-09-15T07:16:34", "2017-09-15T07:16:34.0000000Z"],
      ["2017-09-15T07:16:34.1+02:00", "2017-09-15T05:16:34.1000000Z"],
      ["2017-09-15", "2017-09-15T00:00:00.0000000Z"],
    ])("the time %s comes back as %s", async (sent, EventTime) => {
      const { scope } = await createScope(server());
      expect(await postTrack(server(), track({ Scope: scope, EventTime: sent }))).toMatchObject({ EventTime });
      expect((await previewed(server(), "Events | project EventTime", scope)).items).toEqual([{ EventTime }]);
    });

    test.each([
      "0000-12-31T23:59:59Z",
      "0001-01-01T00:00:00+01:00",
      "10000-01-01T00:00:00Z",
      "2017-02-30",
      "yesterday",
      "",
      "1505459794",
    ])("the time %j is refused", async (EventTime) => {
      await expectBad(
        await send(JSON.stringify(track({ EventTime }))),
        "EventTime",
        "Must be an ISO 8601 time of the years 0001 to 9999",
      );
    });

    test("payload and user come back to the letter: order of names, numbers, repeated names", async () => {
      const { scope } = await createScope(server());
      const Payload = '{"z":1,"10":1.10,"2":9007199254740993,"a":{"1":-0,"0":1e400},"z":[ ],"e":"\\u00e9"}';
      const User = '{"b":"x","1":2}';
      const text = `{"DeviceId":"d","EventType":"t","Value":"v","Scope":"${scope}","Payload":${Payload},"User":${User}}`;
      const stored = await (await send(text)).text();
      const shown = `"User":${User},"Payload":${Payload},`;
      expect(stored).toContain(shown);
      const minified = shown.replace("[ ]", "[]");
      const response = await server().request("/api/v2.0/TrackEvents/preview", {
        json: { Query: "Events", Scope: scope },
      });
      expect(await response.text()).toContain(minified);
      const list = await server().request(`/api/v2.0/TrackEvents?$filter=Scope%20eq%20'${scope}'`);
      expect(await list.text()).toContain(minified);
    });

    test("any JSON object is stored and comes back to the letter, or is refused", async () => {
      await fc.assert(
        fc.asyncProperty(jsonDocument, async (json) => {
          const payload = `{"a":${write(json)}}`;
          const response = await send(`{"DeviceId":"d","EventType":"fuzz","Value":"v","Payload":${payload}}`);
          const text = await response.text();
          const isClean = textsOf(json).every((one) => one.isWellFormed() && !one.includes("\0"));
          if (response.status === 201) expect(text).toContain(`"Payload":${payload},`);
          else expect([response.status, isClean]).toEqual([400, expect.anything()]);
          if (!isClean) expect(response.status).toBe(400);
        }),
        { seed: 20_260_615, numRuns: 150 },
      );
    });

    test.each(["application/json", "application/json-patch+json", "text/json", "text/plain"])(
      "takes a body of type %s",
      async (type) => {
        const response = await server().request("/api/v2.0/Track", {
          body: JSON.stringify(track()),
          headers: { "content-type": type },
        });
        expect(response.status).toBe(201);
      },
    );

    test("an event of a scope that nobody has is kept under default, and shows its own", async () => {
      const Scope = `nobodys ${crypto.randomUUID()}`;
      const stored = await postTrack(server(), track({ Scope, Value: Scope }));
      expect(stored.Scope).toBe(Scope);
      const query = `Events | where Value == '${Scope}' | project Scope`;
      expect((await previewed(server(), query, "default")).items).toEqual([{ Scope }]);
      expect((await listed(server(), { $filter: `Scope eq '${Scope}'` })).total).toBe(1);
    });

    test("the visitor's address is that of the field, else that of the header", async () => {
      const headers = { "epi-user-ip-address": " 192.0.2.7 " };
      expect(await postTrack(server(), track(), { headers })).toMatchObject({ RemoteAddress: "192.0.2.7" });
      expect(await postTrack(server(), track({ RemoteAddress: "::1" }), { headers })).toMatchObject({
        RemoteAddress: "::1",
      });
      // It tells the country, and makes up no session.
      expect(await postTrack(server(), track({ RemoteAddress: "81.2.69.160" }))).toMatchObject({
        CountryCode: "GB",
        SessionId: null,
      });
      expect(await postTrack(server(), track({ RemoteAddress: "81.2.69.160", CountryCode: "" }))).toMatchObject({
        CountryCode: "",
      });
      expect(await postTrack(server(), track({ RemoteAddress: "" }), { headers })).toMatchObject({ RemoteAddress: "" });
      expect(await postTrack(server(), track())).toMatchObject({ RemoteAddress: null });
    });

    test("a key for other scopes stores nothing, nor in the place of a scope that nobody has", async () => {
      const [own, other] = [await createScope(server()), await createScope(server())];
      const key = await createKey(server(), own.siteId);
      await postTrack(server(), track({ Scope: own.scope }), { key });
      for (const Scope of [other.scope, "nobodys", undefined]) {
        const response = await server().request("/api/v2.0/Track", { key, json: track({ Scope }) });
        expect(await expectStatus(response, 403)).toEqual({
          error: { code: "Forbidden", message: "The API key is for other scopes" },
        });
      }
      expect((await listed(server(), {}, { key })).total).toBe(1);
    });

    test("its own TrackId, and fields that nobody knows, are ignored", async () => {
      const stored = await postTrack(server(), track({ TrackId: "mine", Nothing: 1 }));
      expect(stored.TrackId).not.toBe("mine");
      expect(Object.keys(stored)).toEqual([...FIELDS]);
    });

    test.each([
      ["DeviceId", undefined, "Required"],
      ["DeviceId", null, "Must be a string"],
      ["EventType", 5, "Must be a string"],
      ["Value", undefined, "Required"],
      ["EventType", "x".repeat(1_025), "Must be at most 1024 characters"],
      ["Payload", [1], "Must be an object"],
      ["Payload", "text", "Must be an object"],
      ["User", 1, "Must be an object"],
      ["City", {}, "Must be a string"],
    ])("%s as %p is refused", async (field, value, message) => {
      await expectBad(await send(JSON.stringify(track({ [field]: value }))), field, message);
    });

    test("a field by two names is refused", async () => {
      for (const again of [
        '"deviceId":"d"',
        '"payload":{"a":1},"PAYLOAD":5',
        '"Payload":1,"payload":{},"Payload":{}',
      ]) {
        const response = await send(`{"DeviceId":"d","EventType":"t","Value":"v",${again}}`);
        await expectBad(response, again.startsWith('"dev') ? "DeviceId" : "Payload", "Must not be given twice");
      }
    });

    test("every wrong field is named", async () => {
      const response = await send('{"Value":1,"Payload":[]}');
      expect(await expectStatus(response, 400)).toEqual({
        error: {
          code: "BadArgument",
          message: "Invalid track event",
          target: "DeviceId",
          details: ["DeviceId", "EventType", "Value", "Payload"].map((target) => ({
            code: "BadArgument",
            target,
            message: expect.any(String),
          })),
        },
      });
    });

    test.each([
      "",
      "{",
      "[]",
      "null",
      '"text"',
      '{"DeviceId":"\\ud800","EventType":"t","Value":"v"}',
      '{"DeviceId":"a\\u0000","EventType":"t","Value":"v"}',
    ])("the body %j is refused", async (body) => {
      const response = await send(body);
      expect(await expectStatus(response, 400)).toEqual({ error: expect.objectContaining({ code: "BadArgument" }) });
    });

    test("what a repeated name hides is looked at, too", async () => {
      const withPayload = (payload: string) =>
        send(`{"DeviceId":"d","EventType":"t","Value":"v","Payload":${payload}}`);
      const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
      await expectBad(await withPayload(`{"a":${deep},"a":1}`), "Payload", "Must be at most 16 levels deep");
      expect((await withPayload('{"a":"\\ud800","a":1}')).status).toBe(400);
      expect((await withPayload('{"a":"\\u0000","a":1}')).status).toBe(400);
      const response = await withPayload('{"a":"first","a":"last"}');
      expect(await response.text()).toContain('"Payload":{"a":"first","a":"last"}');
    });

    test("a payload may nest 16 levels, and an event be 256 KiB", async () => {
      const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
      await postTrack(server(), track({ Payload: nested(16) }));
      await expectBad(
        await send(JSON.stringify(track({ Payload: nested(17) }))),
        "Payload",
        "Must be at most 16 levels deep",
      );
      const filled = (size: number) => {
        const empty = JSON.stringify(track({ Value: "" })).length;
        return JSON.stringify(track({ Value: "x".repeat(size - empty) }));
      };
      await expectStatus(await send(filled(256 * 1024)), 201);
      expect(await expectStatus(await send(filled(256 * 1024 + 1)), 413)).toEqual({
        error: { code: "RequestTooLarge", message: "The request body must be at most 262144 bytes" },
      });
    });
  });
});

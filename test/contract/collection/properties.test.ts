import { describe, expect, test } from "bun:test";
import { onEveryTarget, type TestServer } from "../../support/server.ts";
import {
  createEvent,
  createSite,
  type EventBody,
  expectInvalid,
  list,
  listEvents,
  pageView,
  pageViewText,
  post,
  postText,
} from "./fixture.ts";

const LIMIT = 32 * 1024;
const TOO_LONG = { properties: ["Must be at most 32 KiB as JSON"] };
const TOO_DEEP = { properties: ["Must be at most 16 levels deep"] };

/** JSON that must come back letter for letter. */
const VERBATIM = [
  "{}",
  '{"a":null}',
  '{"n":9007199254740993}',
  '{"n":-9007199254740993}',
  '{"n":123456789012345678901234567890.123456789}',
  '{"n":1e400}',
  '{"n":-1e400}',
  '{"n":-0}',
  '{"n":[1.10,1.0,1E5,0.1e1,99.90,0.0000001,0e400,-0.0]}',
  '{"n":[0,-1,0.1,5e-324,1.7976931348623157e+308]}',
  '{"__proto__":{"a":1}}',
  '{"__proto__":null,"constructor":{"prototype":1}}',
  '{"toString":1,"hasOwnProperty":2,"toJSON":3,"length":4}',
  '{"isRawJSON":true,"rawJSON":"1"}',
  '{"":"","a.b":1,"$.c":2,"a/b":3,"a b":4,"\'\\"":5}',
  '{"a\\nb":"\\t\\r\\n\\\\\\"\\u0001\\u001f"}',
  '{"z":1,"a":2,"m":{"z":1,"a":2}}',
  '{"s":"<script>alert(1)</script>","q":"Robert\'); DROP TABLE events;--"}',
  '{"é":"ñ","日本":"語","😀":"👩‍👩‍👧‍👦","\u2028":"\u2029"}',
  '{"t":true,"f":false,"l":[[],{},[{}],""]}',
];

/** Other ways to write JSON, and what comes back. */
const NORMALISED: readonly (readonly [sent: string, kept: string])[] = [
  ['{ "a" : [ 1 ,\n2 ] }', '{"a":[1,2]}'],
  ['{"a":"\\u00e9\\/\\ud83d\\ude00"}', '{"a":"é/😀"}'],
  ['{"a":1,"a":2}', '{"a":2}'],
];

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** `properties` as they stand in the text of an answer, behind the field before them. */
function propertiesIn(text: string): string | undefined {
  return /"createdAt":"[^"]*","properties":(.*?)\}(?:\],"pagination":.*)?$/s.exec(text)?.[1];
}

async function readEverywhere(server: TestServer, site: Parameters<typeof list>[1], posted: string) {
  const { id } = JSON.parse(posted) as EventBody;
  const single = await (await server.request(`/api/v1/events/${id}`)).text();
  const listed = await (await list(server, site)).text();
  return { posted: propertiesIn(posted), single: propertiesIn(single), listed: propertiesIn(listed) };
}

describe("properties", () => {
  onEveryTarget((server) => {
    test.each([...VERBATIM.map((json) => [json, json] as const), ...NORMALISED])(
      "%s come back as %s",
      async (sent, kept) => {
        const site = await createSite(server());
        const response = await postText(server(), pageViewText(site, "properties", sent));
        expect(response.status).toBe(201);
        expect(await readEverywhere(server(), site, await response.text())).toEqual({
          posted: kept,
          single: kept,
          listed: kept,
        });
      },
    );

    test("of several events come back with their own event", async () => {
      const site = await createSite(server());
      const timestamp = 1704067200000;
      for (const [at, json] of VERBATIM.entries()) {
        const event = { ...pageView(site), timestamp: timestamp + at };
        const body = `${JSON.stringify(event).slice(0, -1)},"properties":${json}}`;
        expect((await postText(server(), body)).status).toBe(201);
      }
      const text = await (await list(server(), site, { order: "asc" })).text();
      const events = text.split('{"id":').slice(1);
      expect(events.map((event) => propertiesIn(event.replace(/,$/, "")))).toEqual(VERBATIM);
    });

    test("may be 32 KiB as JSON, in bytes", async () => {
      const site = await createSite(server());
      const ascii = { a: "x".repeat(LIMIT - '{"a":""}'.length) };
      expect(await createEvent(server(), pageView(site, { properties: ascii }))).toMatchObject({ properties: ascii });
      const wide = { a: "é".repeat((LIMIT - '{"a":""}'.length) / 2) };
      expect(await createEvent(server(), pageView(site, { properties: wide }))).toMatchObject({ properties: wide });
      await expectInvalid(await post(server(), pageView(site, { properties: { a: `${ascii.a}x` } })), TOO_LONG);
      await expectInvalid(await post(server(), pageView(site, { properties: { a: `${wide.a}x` } })), TOO_LONG);
    });

    test("may be written with any blanks", async () => {
      const site = await createSite(server());
      const json = `{${" ".repeat(LIMIT)}"a":1}`;
      expect((await postText(server(), pageViewText(site, "properties", json))).status).toBe(201);
    });

    test("may have 16 levels, of objects or arrays", async () => {
      const site = await createSite(server());
      const arrays = `{"a":${"[".repeat(15)}${"]".repeat(15)}}`;
      const deeper = `{"a":${"[".repeat(16)}${"]".repeat(16)}}`;
      for (const json of [nested(16), arrays]) {
        expect((await postText(server(), pageViewText(site, "properties", json))).status).toBe(201);
      }
      for (const json of [nested(17), deeper, nested(250)]) {
        await expectInvalid(await postText(server(), pageViewText(site, "properties", json)), TOO_DEEP);
      }
    });

    test("may have as many keys as fit", async () => {
      const site = await createSite(server());
      const properties = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key-${i}`, i]));
      const event = await createEvent(server(), pageView(site, { properties }));
      expect((await listEvents(server(), site)).events).toEqual([event]);
      expect(event.properties).toEqual(properties);
    });
  });
});

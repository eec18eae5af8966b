import { describe, expect, test } from "bun:test";
import { testAftermath, useAttackedServer } from "./support/attacked-server.ts";
import { CLEAN_STRINGS, INVALID_UTF8, KEYS, nest, UNCLEAN_STRINGS } from "./support/hostile.ts";

const attacked = useAttackedServer();
const client = () => attacked().client;

/** Fields of `POST /api/v1/events` that hold text, and one that it does not know. */
const TEXT_FIELDS = [
  ..."trackingCode eventType url referrer sessionId visitorId deviceType browser os location".split(" "),
  ..."eventId eventName currency userAgent unknownField".split(" "),
];

describe("text that cannot be stored is refused", () => {
  test.each(TEXT_FIELDS.map((field) => [field]))("in %s", async (field) => {
    for (const string of UNCLEAN_STRINGS) {
      expect(await client().post({ [field]: string })).toBeRefused();
      const [refused, stored] = await client().postBatch([{ [field]: string }, {}]);
      expect(refused).toBeRefused();
      expect(stored?.status ?? 400).toBeLessThan(500);
    }
  });

  test("in properties: as a value, as a key, in a list, and deep inside", async () => {
    for (const string of UNCLEAN_STRINGS) {
      for (const value of [string, `{${string}:1}`, `[1,[${string}]]`, nest(12, '{"a":', "}", string)]) {
        expect(await client().post({ properties: `{"a":${value}}` })).toBeRefused();
      }
      expect(await client().post({ properties: `{${string}:1}` })).toBeRefused();
      expect(await client().post({ properties: string })).toBeRefused();
    }
  });

  test.each(Object.entries(INVALID_UTF8))("in bytes: %s", async (_, bytes) => {
    const marker = "MARKER";
    for (const field of ["url", "sessionId", "properties", "unknownField"]) {
      const value = field === "properties" ? `{"a":"${marker}"}` : `"https://a.example/${marker}"`;
      const [before = "", after = ""] = client()
        .bodyOf({ [field]: value })
        .split(marker);
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      expect(await client().send({ method: "POST", path: "/api/v1/events", body })).toBeRefused();
    }
  });

  test("in what other routes take", async () => {
    for (const string of UNCLEAN_STRINGS) {
      const bodies = {
        "/api/v1/websites": [
          `{"name":${string},"domain":"a.example"}`,
          `{"name":"a","domain":${string}}`,
          `{"name":"a","domain":"b.example","description":${string}}`,
          `{"name":"a","domain":"c.example","scope":${string}}`,
        ],
        "/api/v1/keys": [
          `{"name":${string},"permissions":["events:read"]}`,
          `{"name":"a","permissions":[${string}]}`,
          `{"name":"a","permissions":["events:read"],"sites":[${string}]}`,
        ],
        "/api/v1/track": ["code", "sid", "vid", "url", "ref", "unknown"].map(
          (field) =>
            `{"code":"${attacked().server.trackingCode}","sid":"s","vid":"v","url":"https://a.example/","${field}":${string}}`,
        ),
      };
      for (const [path, all] of Object.entries(bodies)) {
        for (const body of all) expect(await client().send({ method: "POST", path, body })).toBeRefused();
      }
    }
  });
});

describe("text that can be stored comes back as it was sent", () => {
  test.each(CLEAN_STRINGS.map((string) => [string]))("%s", async (string) => {
    await client().expectSame(`{"text":${string},${string}:[${string}]}`);
    if (JSON.parse(string) === "") return;
    const { id, status } = await client().post({ sessionId: string, eventName: string, location: string });
    expect(status).toBe(201);
    const text: unknown = JSON.parse(string);
    expect(await client().get(id)).toMatchObject({ sessionId: text, eventName: text, location: text });
  });

  test("names that objects have by nature", async () => {
    for (const key of KEYS) {
      const name = JSON.stringify(key);
      await client().expectSame(`{${name}:{"a":1}}`);
      await client().expectSame(`{"a":{${name}:null},"b":[{${name}:"x"}]}`);
      const answer = await client().post({ [key]: '{"isAdmin":true}' });
      expect(answer.status).toBe(201);
    }
  });

  test("a referrer that is cut off never ends in half a character", async () => {
    for (let length = 2_040; length <= 2_050; length++) {
      const referrer = JSON.stringify(`https://a.example/${"x".repeat(length - 18)}😀😀`);
      const { id, status } = await client().post({ referrer });
      expect(status).toBe(201);
      expect(String((await client().get(id)).referrer).isWellFormed()).toBe(true);
    }
  });
});

testAftermath(attacked);

import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../support/server.ts";

const KEY_REQUIRED = 'An API key is required: send it as "Authorization: Bearer <API key>"';
const SEND_AS_BEARER = 'Send the API key as "Authorization: Bearer <API key>"';
const UNKNOWN_KEY = "The API key is unknown, expired or revoked";
const NOT_IN_QUERY =
  "API keys are not accepted in the query string, where logs and browsers keep them; send an Authorization header";

const FORMED = `ff_abcdefgh_${"x".repeat(32)}`;

describe("an API key", () => {
  onEveryTarget((server) => {
    let clients = 0;
    /** Each time from another address: wrong keys of one would be slowed down. */
    const ask = (headers: Record<string, string>, query = "") => {
      clients += 1;
      const own = { "x-forwarded-for": `10.0.${clients >> 8}.${clients & 255}` };
      return fetch(`${server().url}/api/v1/websites${query}`, { headers: { ...headers, ...own } });
    };
    const refused = async (response: Response, message: string) => {
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="footfall"');
      expect(await response.json()).toEqual({ error: "UNAUTHORIZED", message });
    };

    test.each([
      ["authorization", "Bearer KEY"],
      ["authorization", "bearer KEY"],
      ["authorization", "BEARER   KEY  "],
      ["authorization", "epi-single KEY"],
      ["authorization", "Epi-Single KEY"],
      ["ocp-apim-subscription-key", "KEY"],
      ["Ocp-Apim-Subscription-Key", " KEY "],
      ["x-api-key", "KEY"],
      ["X-API-Key", " KEY "],
    ])("is accepted as %s: %s", async (header, value) => {
      expect((await ask({ [header]: value.replace("KEY", server().adminKey) })).status).toBe(200);
    });

    test.each([
      "",
      "Bearer",
      "Bearer ",
      "BearerKEY",
      "KEY",
      "Basic KEY",
      "Digest username=KEY",
      "Bearer KEY KEY",
      "Bearer KEY, Bearer KEY",
      "Token KEY",
      "epi-single",
    ])("is refused as Authorization: %s", async (value) => {
      await refused(await ask({ authorization: value.replaceAll("KEY", server().adminKey) }), SEND_AS_BEARER);
    });

    test.each([
      "x",
      FORMED,
      "ff_abcdefgh_",
      `ff_abcdefgh_${"x".repeat(65)}`,
      "FF_ABCDEFGH_X",
      "' OR 1=1 --".replaceAll(" ", "+"),
      "../../etc/passwd",
      "x".repeat(8_000),
      "\u00ff\u00fe",
      "__proto__",
      "environment",
    ])("is refused when there is none like %j, in the same words", async (secret) => {
      for (const headers of [{ authorization: `Bearer ${secret}` }, { "x-api-key": secret }]) {
        await refused(await ask(headers as Record<string, string>), UNKNOWN_KEY);
      }
    });

    test("is refused with one letter more, less or other than the right one", async () => {
      const key = server().adminKey;
      for (const wrong of [`${key}x`, key.slice(0, -1), key.toUpperCase(), `${key.slice(0, -1)}!`, key.slice(1)]) {
        await refused(await ask({ authorization: `Bearer ${wrong}` }), UNKNOWN_KEY);
      }
    });

    test("in Authorization counts before one in another header", async () => {
      const good = server().adminKey;
      expect((await ask({ authorization: `Bearer ${good}`, "x-api-key": "bad" })).status).toBe(200);
      await refused(await ask({ authorization: "Bearer bad", "x-api-key": good }), UNKNOWN_KEY);
      await refused(await ask({ authorization: "", "x-api-key": good }), SEND_AS_BEARER);
    });

    test("is missing: 401 says how to send it", async () => {
      await refused(await ask({}), KEY_REQUIRED);
      await refused(await ask({}, "?token=abc&key="), KEY_REQUIRED);
    });

    test.each([
      `?key=${FORMED}`,
      `?api_key=${FORMED}`,
      `?apikey=${FORMED}`,
      `?apiKey=${FORMED}`,
      `?access_token=${FORMED}`,
      `?token=${FORMED}`,
      `?subscription-key=${FORMED}`,
      `?Ocp-Apim-Subscription-Key=${FORMED}`,
      `?authorization=Bearer%20${FORMED}`,
      `?authorization=Bearer+${FORMED}`,
      `?anything=${FORMED}`,
      `?a=b&key=${"k".repeat(32)}&c=d`,
    ])("is refused in the query: %s", async (query) => {
      await refused(await ask({}, query), NOT_IN_QUERY);
    });

    test("is refused in the query of a request that needs none, so that it is noticed", async () => {
      const response = await fetch(`${server().url}/api/v1/events?key=${FORMED}`, { method: "POST", body: "{}" });
      await refused(response, NOT_IN_QUERY);
    });

    test("in a header counts although one is in the query", async () => {
      const headers = { authorization: `Bearer ${server().adminKey}` };
      expect((await ask(headers, `?key=${FORMED}`)).status).toBe(200);
    });
  });
});

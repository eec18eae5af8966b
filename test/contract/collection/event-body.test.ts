import { describe, expect, test } from "bun:test";
import { rawRequest } from "../../support/raw-request.ts";
import { onEveryTarget } from "../../support/server.ts";
import { createSite, expectError, expectInvalid, expectStatus, listEvents, pageView, postText } from "./fixture.ts";

const NOT_JSON = "The request body is not valid JSON";
const NOT_CLEAN = "Strings must not contain NUL characters or unpaired surrogates";
const LIMIT = 128 * 1024;
const TOO_LARGE = `The request body must be at most ${LIMIT} bytes`;

/** What browsers and programs say a JSON body is: `navigator.sendBeacon` says text/plain. */
const CONTENT_TYPES = [
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "text/plain;charset=UTF-8",
  "application/octet-stream",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "nonsense",
];

const text = (letters: string) => new TextEncoder().encode(letters);

describe("the body of POST /api/v1/events", () => {
  onEveryTarget((server) => {
    test.each(CONTENT_TYPES)("is JSON, sent as %s", async (contentType) => {
      const site = await createSite(server());
      const body = JSON.stringify(pageView(site));
      const headers = { "content-type": contentType };
      await expectStatus(await server().request("/api/v1/events", { body, headers, key: null }), 201);
    });

    test("is JSON, sent without a Content-Type", async () => {
      const site = await createSite(server());
      const body = text(JSON.stringify(pageView(site)));
      await expectStatus(await server().request("/api/v1/events", { body, key: null }), 201);
    });

    test("is JSON, sent as sendBeacon sends a string: with an Origin, as text/plain, without a key", async () => {
      const site = await createSite(server());
      const headers = { origin: "https://shop.example", "content-type": "text/plain;charset=UTF-8" };
      const response = await fetch(`${server().url}/api/v1/events`, {
        method: "POST",
        body: JSON.stringify(pageView(site)),
        headers,
      });
      expect(response.status).toBe(201);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    });

    test("may have blanks and a byte order mark around it", async () => {
      const site = await createSite(server());
      const body = JSON.stringify(pageView(site), null, 2);
      await expectStatus(await postText(server(), `\n ${body} \r\n`), 201);
      await expectStatus(await postText(server(), `\ufeff${body}`), 201);
    });

    test.each(["", " ", "{", "'a'", "{a:1}", "{} {}", '{"a":1,}', "NaN", "\u0000", "<xml/>"])(
      "400 for %j, which is no JSON",
      async (body) => {
        await expectError(await postText(server(), body), 400, "INVALID_JSON", NOT_JSON);
      },
    );

    test.each(["[]", "[{}]", "null", "5", '"text"', "true"])("400 for %s, which is no object", async (body) => {
      await expectInvalid(await postText(server(), body), { body: ["Must be an object"] });
    });

    test.each([
      ["a broken sequence", [0x22, 0xff, 0x22]],
      ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
      ["an overlong NUL", [0x22, 0xc0, 0x80, 0x22]],
      ["half a character at the end", [0x22, 0xf0, 0x9f]],
    ])("400 for %s: not UTF-8", async (_, bytes) => {
      const response = await postText(server(), new Uint8Array(bytes));
      await expectError(response, 400, "INVALID_JSON", "The request body is not valid UTF-8");
    });

    const unclean = ["\\ud800", "\\udc00\\ud800", "a\\uDBFFb", "\\u0000", "a\\u0000b"];
    const places = [
      (bad: string) => `"url":"https://example.com/${bad}"`,
      (bad: string) => `"sessionId":"${bad}"`,
      (bad: string) => `"referrer":"${bad}"`,
      (bad: string) => `"properties":{"a":["${bad}"]}`,
      (bad: string) => `"properties":{"a":{"${bad}":1}}`,
      (bad: string) => `"ignored":"${bad}"`,
      (bad: string) => `"${bad}":1`,
    ];
    test.each(unclean.flatMap((bad) => places.map((place) => place(bad))))("400 for %s", async (field) => {
      const site = await createSite(server());
      const body = `${JSON.stringify(pageView(site)).slice(0, -1)},${field}}`;
      await expectError(await postText(server(), body), 400, "INVALID_JSON", NOT_CLEAN);
      expect((await listEvents(server(), site)).pagination.total).toBe(0);
    });

    test("text that only looks like an unpaired surrogate is kept", async () => {
      const site = await createSite(server());
      const body = `${JSON.stringify(pageView(site)).slice(0, -1)},"eventName":"\\ud83d\\ude00 \\\\ud800 \\\\u0000"}`;
      expect(await expectStatus(await postText(server(), body), 201)).toMatchObject({
        eventName: "😀 \\ud800 \\u0000",
      });
    });

    test.each([
      ["arrays", "[".repeat(60_000) + "]".repeat(60_000)],
      ["arrays that never close", "[".repeat(100_000)],
      ["brackets in turn", "[".repeat(20_000) + '{"a":'.repeat(5_000)],
      ["257 levels", `{"a":${"[".repeat(256)}${"]".repeat(256)}}`],
      ["objects", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
      ["objects around a long number", `${'{"a":'.repeat(10_000)}9007199254740993${"}".repeat(10_000)}`],
      ["objects around a NUL", `${'{"a":'.repeat(10_000)}"\\u0000"${"}".repeat(10_000)}`],
    ])("400 for %s nested too deep, and the server goes on", async (_, body) => {
      expect(await expectStatus(await postText(server(), body), 400)).toMatchObject({ error: "INVALID_JSON" });
      expect((await server().request("/health")).status).toBe(200);
    });

    test.each(["[]", '{"a":,}'])("100,000 levels of %s in a batch are 400, too", async (level) => {
      const [open = "", close = ""] = level.includes(",") ? level.split(",") : ["[", "]"];
      const body = `{"events":[${open.repeat(100_000)}1${close.repeat(100_000)}]}`;
      const response = await server().request("/api/v1/events/batch", { body, key: null });
      expect(await expectStatus(response, 400)).toMatchObject({ error: "INVALID_JSON" });
      expect((await server().request("/health")).status).toBe(200);
    });

    describe("of 128 KiB", () => {
      test("is taken", async () => {
        const site = await createSite(server());
        const event = JSON.stringify(pageView(site));
        await expectStatus(await postText(server(), event + " ".repeat(LIMIT - event.length)), 201);
      });

      test("and one byte is 413", async () => {
        await expectError(await postText(server(), " ".repeat(LIMIT + 1)), 413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
      });

      test("and one byte is 413 where the length is not told", async () => {
        const body = new Blob([" ".repeat(LIMIT + 1)]).stream();
        const response = await server().request("/api/v1/events", { body, method: "POST", key: null });
        await expectError(response, 413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
      });

      test("is taken where the length is not told", async () => {
        const site = await createSite(server());
        const event = JSON.stringify(pageView(site));
        const body = new Blob([event, " ".repeat(LIMIT - event.length)]).stream();
        await expectStatus(await server().request("/api/v1/events", { body, method: "POST", key: null }), 201);
      });

      test("and more is 413 before it has come", async () => {
        const answer = await rawRequest(
          server().url,
          `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: ${LIMIT + 1}\r\nConnection: close\r\n\r\n{`,
        );
        expect(answer.status).toBe(413);
        expect(JSON.parse(answer.body)).toEqual({ error: "PAYLOAD_TOO_LARGE", message: TOO_LARGE });
      });
    });

    test("of 30 MB is 413, and the server goes on", async () => {
      expect((await postText(server(), " ".repeat(30_000_000))).status).toBe(413);
      expect((await server().request("/health")).status).toBe(200);
    });
  });
});

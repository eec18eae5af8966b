import { describe, expect, test } from "bun:test";
import { ADMIN_KEY } from "../support/server.ts";
import { testAftermath, useAttackedServer } from "./support/attacked-server.ts";
import { type Answer, ConnectionLostError, connect, type WireRequest } from "./support/connection.ts";

const attacked = useAttackedServer();

/** What may stand in a query or a path: percent-encoded, or as bytes (one for each letter). */
const HOSTILE_WORDS: readonly string[] = [
  ..."%00 a%00b %ED%A0%80 %ed%b0%80 %ED%A0%BD%ED%B8%80 %C0%80 %FF %80 %E2%82 %F4%90%80%80 % %u0000 %ud800 %zz".split(
    " ",
  ),
  ..."%F0%9F%98%80 %EF%BF%BF %0d%0a %0d%0aSet-Cookie:x=1 %25%30%30 ../../etc/passwd ..%2f..%2fetc ' \" -- ; *".split(
    " ",
  ),
  ..."1e400 9007199254740993 -1 NaN __proto__ constructor %5B%5D [] {} %7B%22a%22:1%7D null undefined true".split(" "),
  ...["\x80", "\xff\xfe", "\xed\xa0\x80", "\xc0\x80", "x".repeat(8_000), "%41".repeat(2_000), "\u0001"],
];

const QUERY_PARAMETERS =
  "trackingCode eventType limit offset cursor from to sessionId visitorId eventName url path order count includeTest unknown __proto__".split(
    " ",
  );

/** Header names that something reads. */
const READ_HEADERS =
  "authorization x-api-key ocp-apim-subscription-key user-agent referer origin accept content-type cookie x-forwarded-for x-request-id access-control-request-method".split(
    " ",
  );

const HEADER_VALUES: readonly string[] = [
  ...[
    "\x80",
    "\xff\xfe",
    "\xed\xa0\x80",
    "\xc0\x80",
    "a\tb",
    "",
    " ",
    "%00",
    "\\u0000",
    "\\ud800",
    "Bearer",
    "Bearer ",
  ],
  ...[
    "Bearer \xff",
    `bearer ff_00000000_${"0".repeat(32)}`,
    `Bearer ${"x".repeat(8_000)}`,
    "null",
    "*",
    "https://[",
    "😀",
  ],
  ...["Mozilla/5.0 (\xf0\x9f\x98\x80; \xed\xa0\x80) Chrome/1", `${"(".repeat(4_000)}`, "text/plain; charset=\xff"],
];

describe("no query, path or header brings the server down or makes it fail:", () => {
  test("words of a query", async () => {
    for (const name of QUERY_PARAMETERS) {
      for (const word of HOSTILE_WORDS) {
        const code = name === "trackingCode" ? "" : `trackingCode=${attacked().server.trackingCode}&`;
        expectHandled(await exchange({ method: "GET", path: `/api/v1/events?${code}${name}=${word}` }));
      }
    }
  }, 60_000);

  test("names in a query, and many of them", async () => {
    const good = `trackingCode=${attacked().server.trackingCode}`;
    for (const word of HOSTILE_WORDS)
      expectHandled(await exchange({ method: "GET", path: `/api/v1/events?${good}&${word}=1` }));
    for (const many of [`&${good}`.repeat(500), "&a=1".repeat(2_000), "&".repeat(8_000), "&limit=1&limit=x&limit=2"]) {
      expectHandled(await exchange({ method: "GET", path: `/api/v1/events?${good}${many}` }));
    }
  });

  test("words in a path", async () => {
    for (const word of HOSTILE_WORDS) {
      for (const path of [
        `/api/v1/events/${word}`,
        `/api/v1/${word}`,
        `/${word}`,
        `/docs/${word}`,
        `/api/v1/events/${word}/`,
      ]) {
        for (const method of ["GET", "POST", "DELETE", "OPTIONS", "HEAD"]) {
          if (method !== "HEAD") expectHandled(await exchange({ method, path }));
        }
      }
    }
  }, 60_000);

  test("headers, with a key and without", async () => {
    const event = { eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
    const body = JSON.stringify({ ...event, trackingCode: attacked().server.trackingCode });
    for (const name of READ_HEADERS) {
      for (const value of HEADER_VALUES) {
        const headers = { [name]: value };
        expectHandled(await exchange({ method: "POST", path: "/api/v1/events", headers, body }, { key: false }));
        expectHandled(
          await exchange({
            method: "GET",
            path: `/api/v1/events?trackingCode=${attacked().server.trackingCode}`,
            headers,
          }),
        );
        expectHandled(await exchange({ method: "OPTIONS", path: "/api/v1/events", headers }));
      }
    }
  }, 60_000);

  test("a NUL in a header, and lengths that lie", async () => {
    const path = "/api/v1/events";
    for (const headers of [
      { "user-agent": "a\0b" },
      { "content-length": "999999999999" },
      { "content-length": "-1" },
      { "content-length": "1e3" },
      { "content-length": "0" },
      { "transfer-encoding": "chunked" },
    ]) {
      expectHandled(await exchange({ method: "POST", path, headers, body: '{"a":1}' }));
    }
  }, 60_000);
});

testAftermath(attacked);

/** How long an answer may take, for requests that HTTP itself leaves open. */
const ANSWER_WITHIN_MS = 2_000;

/** @returns null when the server has closed the connection instead of answering, or waits for more. */
async function exchange(request: WireRequest, { key = true } = {}): Promise<Answer | null> {
  using connection = await connect(attacked().server.url);
  const headers = { ...(key ? { authorization: `Bearer ${ADMIN_KEY}` } : {}), ...request.headers };
  const waiting = Promise.withResolvers<null>();
  const timer = setTimeout(() => waiting.resolve(null), ANSWER_WITHIN_MS);
  try {
    const answer = connection.send({ ...request, headers });
    answer.catch(() => {});
    return await Promise.race([answer, waiting.promise]);
  } catch (error) {
    if (error instanceof ConnectionLostError) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Bun's own answer to a request line that is no HTTP: it has a control character in it. */
const NO_HTTP = 505;

/** Not our fault, and JSON where it is an answer of ours in full. */
function expectHandled(answer: Answer | null): void {
  if (!answer || answer.status === NO_HTTP) return;
  expect(answer.status).toBeLessThan(500);
  const isJson = answer.headers.get("content-type")?.startsWith("application/json");
  if (isJson) JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(answer.body));
}

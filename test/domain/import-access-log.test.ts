import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type AccessLogEntry, parseAccessLogLine } from "../../src/domain/import-access-log.ts";

const TIME = "[17/May/2015:10:05:03 +0000]";
const HEAD = `203.0.113.9 - - ${TIME}`;

function entryOf(line: string): AccessLogEntry {
  const parsed = parseAccessLogLine(line);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.entry;
}

test("a line of the combined format", () => {
  const line = `${HEAD} "GET /a?b=c HTTP/1.1" 200 512 "https://from.example/" "Mozilla/5.0 (X11)"`;
  expect(entryOf(line)).toEqual({
    address: "203.0.113.9",
    time: Date.UTC(2015, 4, 17, 10, 5, 3),
    request: { method: "GET", target: "/a?b=c" },
    status: 200,
    referrer: "https://from.example/",
    userAgent: "Mozilla/5.0 (X11)",
  });
});

test("a line of the common format has neither referrer nor User-Agent", () => {
  expect(entryOf(`${HEAD} "GET / HTTP/1.0" 304 -`)).toMatchObject({ status: 304, referrer: null, userAgent: null });
});

describe("the address of whoever asked", () => {
  test.each([
    ["203.0.113.9 - - ", "203.0.113.9"],
    ["2001:DB8:0::1 - - ", "2001:db8::1"],
    ["example.com:443 203.0.113.9 - - ", "203.0.113.9"],
    ["192.0.2.1 203.0.113.9 - - ", "203.0.113.9"],
    ["::ffff:203.0.113.9 - frank ", "203.0.113.9"],
    ["crawl-1.bot.example - - ", null],
    ["- - - ", null],
  ])("before the time, in %j, is %p", (head, address) => {
    expect(entryOf(`${head}${TIME} "GET / HTTP/1.1" 200 1`).address).toBe(address);
  });
});

describe("what stands before the time", () => {
  test.each([
    ["an IPv6 address", "2001:db8::1 - - "],
    ["a host name", "crawl-1.bot.example - - "],
    ["a user", "203.0.113.9 - frank "],
    ["a user with blanks", "203.0.113.9 - Frank van der Berg "],
    ["a user with brackets", "203.0.113.9 - [admin] [x] "],
    ["identity and user", "203.0.113.9 ident frank "],
    ["a virtual host with its port", "example.com:443 203.0.113.9 - - "],
    ["a virtual host and an IPv6 address", "example.com 2001:db8::1 - - "],
  ])("may be %s", (_what, head) => {
    expect(entryOf(`${head}${TIME} "GET /a HTTP/1.1" 200 1`)).toMatchObject({
      time: Date.UTC(2015, 4, 17, 10, 5, 3),
      request: { target: "/a" },
    });
  });
});

describe("quoted fields", () => {
  const agentOf = (field: string) => entryOf(`${HEAD} "GET / HTTP/1.1" 200 1 "-" ${field}`).userAgent;

  test.each([
    ["escaped quotes", String.raw`"say \"hi\" now"`, 'say "hi" now'],
    ["an escaped backslash at the end", String.raw`"a\\"`, "a\\"],
    ["bytes of UTF-8", String.raw`"caf\xc3\xA9"`, "café"],
    ["bytes that are not UTF-8", String.raw`"caf\xe9!"`, "caf\ufffd!"],
    ["quotes as bytes", String.raw`"say \x22hi\x22"`, 'say "hi"'],
    ["a NUL", String.raw`"a\x00b"`, "a\ufffdb"],
    ["a tab", String.raw`"a\tb"`, "a\tb"],
    ["an unknown escape", String.raw`"a\qb"`, String.raw`a\qb`],
    ["quotes that nobody escaped, up to one before a blank", '"say "hi" now"', 'say "hi'],
    ["quotes within a word", '"say "hi", now"', 'say "hi", now'],
    ["no closing quote", '"Mozilla/5.0 (X11', "Mozilla/5.0 (X11"],
    ["a backslash as the last character", '"a\\', "a\\"],
    ["nothing", '""', null],
    ["a dash", '"-"', null],
    ["blanks", '"  "', null],
    ["more fields behind", '"Mozilla" "10.0.0.1" 0.005 rt=1', "Mozilla"],
  ])("with %s", (_what, field, text) => {
    expect(agentOf(field)).toBe(text);
  });
});

describe("requests", () => {
  const requestOf = (request: string) => entryOf(`${HEAD} "${request}" 200 1 "-" "-"`).request;

  test.each([
    ["GET /a HTTP/1.1", "GET", "/a"],
    ["GET /a", "GET", "/a"],
    ["POST /a/b HTTP/2.0", "POST", "/a/b"],
    ["M-SEARCH * HTTP/1.1", "M-SEARCH", "*"],
    ["GET /a b c HTTP/1.1", "GET", "/a b c"],
    ["GET http://example.com/a HTTP/1.1", "GET", "http://example.com/a"],
    [String.raw`GET /a\"b HTTP/1.1`, "GET", '/a"b'],
  ])("%s", (request, method, target) => {
    expect(requestOf(request)).toEqual({ method, target });
  });

  test.each([
    "-",
    "",
    "GET",
    "get /a HTTP/1.1",
    "GET  HTTP/1.1",
    String.raw`\x16\x03\x01\x02\x00\x01\x00`,
    String.raw`\x03 /a`,
    `${"A".repeat(21)} /a`,
  ])("%j is none", (request) => {
    expect(requestOf(request)).toBeNull();
  });
});

test.each(["-", "000"])("the status %s is that of no answer", (status) => {
  expect(entryOf(`${HEAD} "GET / HTTP/1.1" ${status} 0`).status).toBeNull();
});

describe("a line is refused", () => {
  test.each([
    ["without a time", '203.0.113.9 - - "GET / HTTP/1.1" 200 1', "no time"],
    ["with a time that does not exist", '203.0.113.9 - - [31/Feb/2015:10:05:03 +0000] "GET /" 200 1', "does not exist"],
    ["without a user", `203.0.113.9 ${TIME} "GET /" 200 1`, "host, identity and user"],
    ["without a request", `${HEAD} 200 1`, "no request"],
    ["that ends after the time", HEAD, "no request"],
    ["without a status", `${HEAD} "GET / HTTP/1.1"`, "no status"],
    ["with a status that is no number", `${HEAD} "GET / HTTP/1.1" abc 1`, "no status"],
    ["without a size", `${HEAD} "GET / HTTP/1.1" 200`, "no status"],
    ["of another format", '{"eventType":"pageview"}', "no time"],
    ["of the W3C format", "#Fields: date time cs-uri-stem", "no time"],
  ])("%s", (_what, line, reason) => {
    expect(parseAccessLogLine(line)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});

test("whatever is in a line, it is parsed or refused, and its texts can be stored", async () => {
  const part = fc.constantFrom(
    HEAD,
    " ",
    '"',
    "\\",
    "\\x",
    "\\xe9",
    "[",
    "]",
    TIME,
    "GET / HTTP/1.1",
    "200",
    "-",
    "\ud800",
    "\0",
  );
  const line = fc.array(fc.oneof(part, fc.string({ unit: "binary" }))).map((parts) => parts.join(""));
  await fc.assert(
    fc.property(line, (text) => {
      const parsed = parseAccessLogLine(text);
      if (!parsed.ok) return;
      const { request, referrer, userAgent } = parsed.entry;
      for (const stored of [request?.method, request?.target, referrer, userAgent]) {
        expect(stored ?? "").toSatisfy((value) => value.isWellFormed() && !value.includes("\0"));
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["brackets", " [".repeat(30_000)],
  ["times", ` ${TIME}`.repeat(2_000)],
  ["quotes", `${HEAD} "${'"'.repeat(60_000)}`],
  ["backslashes", `${HEAD} "${"\\".repeat(60_000)}" 200 1`],
  ["escapes", `${HEAD} "${"\\xe9".repeat(15_000)}" 200 1`],
  ["blanks", `${HEAD} "GET${" ".repeat(60_000)}" 200 1`],
  ["blanks after the request", `${HEAD} "GET / HTTP/1.1"${" ".repeat(60_000)}`],
  ["a method", `${HEAD} "${"A".repeat(60_000)} /" 200 1`],
])("60 KB of %s take no noticeable time", (_what, line) => {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    parseAccessLogLine(line);
    return performance.now() - startedAt;
  });
  // A few milliseconds are usual; work that grows with the square of the length would take seconds.
  expect(Math.min(...times)).toBeLessThan(50);
});

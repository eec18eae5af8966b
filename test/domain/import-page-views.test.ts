import { describe, expect, test } from "bun:test";
import { NO_HINTS } from "../../src/domain/enrichment.ts";
import { emptyEvent } from "../../src/domain/event.ts";
import { createPageViewDecoder } from "../../src/domain/import-page-views.ts";

const TIME = "17/May/2015:12:05:03 +0200";
const decode = createPageViewDecoder({ site: { id: 7, domain: "example.com" }, keepAll: false });
const decodeAll = createPageViewDecoder({ site: { id: 7, domain: "example.com" }, keepAll: true });

const logLine = (request: string, status: number | string = 200, rest = '"-" "-"') =>
  `203.0.113.9 - - [${TIME}] "${request}" ${status} 512 ${rest}`;

const pageView = {
  ...emptyEvent({ type: "pageview", occurredAt: Date.UTC(2015, 4, 17, 10, 5, 3) }),
  siteId: 7,
  url: "https://example.com/a?b=c",
  path: "/a",
};

const ASKED = { ...NO_HINTS, address: "203.0.113.9", atMs: pageView.occurredAt };

test("a page view has its time, URL, path without query, referrer and User-Agent, and who asked as a hint", () => {
  const line = logLine("GET /a?b=c HTTP/1.1", 200, '"android-app://com.example" "Mozilla/5.0"');
  expect(decode(line)).toEqual({
    outcome: "event",
    event: { ...pageView, referrer: "android-app://com.example" },
    hints: { ...ASKED, userAgent: "Mozilla/5.0" },
  });
});

test("without a referrer and a User-Agent there are none", () => {
  expect(decode(logLine("GET /a?b=c HTTP/1.1"))).toEqual({
    outcome: "event",
    event: pageView,
    hints: { ...ASKED, userAgent: null },
  });
});

test("of a site without a domain there is a path and no URL", () => {
  const decodeHere = createPageViewDecoder({ site: { id: 7, domain: null }, keepAll: false });
  expect(decodeHere(logLine("GET /a?b=c HTTP/1.1"))).toMatchObject({ event: { url: null, path: "/a" } });
});

test.each([
  ["/caf%C3%A9/%2e%2e?q=%20", "/caf%C3%A9/%2e%2e"],
  ["/a//b/../c", "/a//b/../c"],
  ["/a#b?c", "/a"],
  ["/a b", "/a b"],
])("the path of %s is kept as it was sent: %s", (target, path) => {
  expect(decode(logLine(`GET ${target} HTTP/1.1`))).toMatchObject({
    event: { url: `https://example.com${target}`, path },
  });
});

test.each([
  ["http://other.example/a?b=c", "https://example.com/a?b=c"],
  ["HTTPS://other.example", "https://example.com/"],
  ["http://other.example?b=c", "https://example.com/?b=c"],
])("of the whole URL that a proxy's client sends, %s, the path counts", (target, url) => {
  expect(decode(logLine(`GET ${target} HTTP/1.1`))).toMatchObject({ event: { url } });
});

test("URLs, paths and referrers are cut to 2,048 characters", () => {
  const long = "x".repeat(10_000);
  const line = logLine(`GET /${long} HTTP/1.1`, 200, `"https://${long}" "-"`);
  const decoded = decode(line);
  if (decoded.outcome !== "event") throw new Error(decoded.reason);
  const { url, path, referrer } = decoded.event;
  expect([url, path, referrer].map((text) => text?.length)).toEqual([2_048, 2_048, 2_048]);
});

describe("page views are", () => {
  test.each([
    "/",
    "/index.html",
    "/a.php",
    "/a/b.aspx?x=/style.css",
    "/about.us/",
    "/v1.2/notes",
    "/feedback",
    "/robots",
    "/txt",
    "/a.css/",
  ])("GET %s", (target) => {
    expect(decode(logLine(`GET ${target} HTTP/1.1`)).outcome).toBe("event");
  });

  test.each([200, 203, 206, 304])("answers with status %d", (status) => {
    expect(decode(logLine("GET / HTTP/1.1", status)).outcome).toBe("event");
  });
});

describe("skipped are", () => {
  test.each([
    ["GET /style.css HTTP/1.1", 200, "static_file"],
    ["GET /a/B.JPG?size=2 HTTP/1.1", 200, "static_file"],
    ["GET /robots.txt HTTP/1.1", 200, "static_file"],
    ["GET /sitemap.xml HTTP/1.1", 200, "static_file"],
    ["GET /data.json HTTP/1.1", 304, "static_file"],
    ["GET /a.min.js HTTP/1.1", 200, "static_file"],
    ["GET /blog.rss HTTP/1.1", 200, "feed"],
    ["GET /blog.atom HTTP/1.1", 200, "feed"],
    ["GET /blog/feed/ HTTP/1.1", 200, "feed"],
    ["GET /feed HTTP/1.1", 200, "feed"],
    ["GET /a HTTP/1.1", 301, "redirect"],
    ["GET /a HTTP/1.1", 302, "redirect"],
    ["GET /a.css HTTP/1.1", 307, "redirect"],
    ["GET /a HTTP/1.1", 404, "error"],
    ["GET /a.css HTTP/1.1", 404, "error"],
    ["GET /a HTTP/1.1", 499, "error"],
    ["GET /a HTTP/1.1", 500, "error"],
    ["GET /a HTTP/1.1", "-", "no_answer"],
    ["GET /a HTTP/1.1", 101, "no_answer"],
    ["HEAD /a HTTP/1.1", 200, "method"],
    ["POST /a HTTP/1.1", 200, "method"],
    ["-", 408, "no_request"],
    [String.raw`\x16\x03\x01`, 400, "no_request"],
    ["OPTIONS * HTTP/1.1", 200, "no_request"],
    ["CONNECT example.com:443 HTTP/1.1", 405, "no_request"],
  ])("%s with status %s: %s", (request, status, reason) => {
    expect(decode(logLine(request, status))).toEqual({ outcome: "skipped", reason });
  });
});

describe("where everything is kept", () => {
  test.each([
    ["GET /style.css HTTP/1.1", 200],
    ["GET /a HTTP/1.1", 301],
    ["GET /a HTTP/1.1", 404],
    ["GET /a HTTP/1.1", "-"],
    ["POST /a HTTP/1.1", 200],
    ["HEAD /feed HTTP/1.1", 200],
  ])("%s with status %s is a page view too", (request, status) => {
    expect(decodeAll(logLine(request, status)).outcome).toBe("event");
  });

  test("a connection without a request is still none", () => {
    expect(decodeAll(logLine("-", 408))).toEqual({ outcome: "skipped", reason: "no_request" });
  });
});

test("a line that is none of a log is rejected with the reason", () => {
  expect(decode("hello")).toEqual({ outcome: "rejected", reason: expect.stringContaining("Is no access log line") });
});

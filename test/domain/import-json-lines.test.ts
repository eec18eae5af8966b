import { describe, expect, test } from "bun:test";
import { NO_HINTS } from "../../src/domain/enrichment.ts";
import { emptyEvent } from "../../src/domain/event.ts";
import { createJsonLineDecoder } from "../../src/domain/import-json-lines.ts";

const decode = createJsonLineDecoder({ site: { id: 7, trackingCode: "pm-abc123-1704067200000" } });
const MS = Date.UTC(2026, 5, 7, 14, 22, 10, 123);
const event = { ...emptyEvent({ type: "pageview", occurredAt: MS }), siteId: 7 };
const required = { eventType: "pageview", timestamp: MS };

function eventOf(line: unknown) {
  const decoded = decode(typeof line === "string" ? line : JSON.stringify(line));
  if (decoded.outcome !== "event") throw new Error(decoded.reason);
  return decoded.event;
}

function reasonOf(line: unknown): string {
  const decoded = decode(typeof line === "string" ? line : JSON.stringify(line));
  if (decoded.outcome !== "rejected") throw new Error(`It is ${decoded.outcome}`);
  return decoded.reason;
}

test("type and time are enough", () => {
  expect(decode(JSON.stringify(required))).toEqual({ outcome: "event", event, hints: null });
});

test("every field of the collection API, and every other column, is taken over", () => {
  const line = {
    ...required,
    url: "https://example.com/a/b?c=d",
    referrer: "android-app://com.example",
    sessionId: "s",
    visitorId: "v",
    deviceType: "tv",
    browser: "Chrome",
    os: "Linux",
    location: "DE",
    eventId: "mine-1",
    eventName: "signup",
    region: "BE",
    city: "Berlin",
    botName: "GPTBot",
    botCompany: "OpenAI",
    aiSource: "ChatGPT",
    clickId: "cust_1_2",
    customerKey: "c-1",
    isTest: true,
    value: 99.99,
    currency: "eur",
    properties: { b: 1, a: [null, "x"] },
    userAgent: "Mozilla/5.0",
    trackingCode: "pm-another-1",
    somethingElse: true,
  };
  expect(decode(JSON.stringify(line))).toEqual({
    outcome: "event",
    event: {
      ...event,
      url: "https://example.com/a/b?c=d",
      path: "/a/b",
      referrer: "android-app://com.example",
      sessionId: "s",
      visitorId: "v",
      device: "tv",
      browser: "Chrome",
      os: "Linux",
      country: "DE",
      name: "signup",
      region: "BE",
      city: "Berlin",
      botName: "GPTBot",
      botCompany: "OpenAI",
      aiSource: "ChatGPT",
      clickId: "cust_1_2",
      customerKey: "c-1",
      isTest: true,
      valueMicros: 99_990_000,
      currency: "EUR",
      dedupeKey: "e:mine-1",
      data: '{"properties":{"b":1,"a":[null,"x"]}}',
    },
    hints: { ...NO_HINTS, userAgent: "Mozilla/5.0" },
  });
});

test("null means the same as leaving a field out", () => {
  const optional =
    "url referrer sessionId visitorId deviceType browser os location region city botName botCompany aiSource clickId customerKey isTest dedupeKey eventId eventName value currency properties userAgent";
  const nulls = Object.fromEntries(optional.split(" ").map((field) => [field, null]));
  expect(eventOf({ ...required, ...nulls })).toEqual(event);
});

test.each(["purchase", "epiPageView", "p", "x".repeat(100)])("the type may be any: %j", (eventType) => {
  expect(eventOf({ ...required, eventType }).type).toBe(eventType);
});

describe("the time may be", () => {
  test.each([
    ["milliseconds", MS, MS, 0],
    ["milliseconds with decimals", MS + 0.75, MS, 0],
    ["ISO 8601", "2026-06-07T14:22:10.123Z", MS, 0],
    ["ISO 8601 to 100 ns", "2026-06-07T14:22:10.1234567Z", MS, 4567],
    ["ISO 8601 of any year", "0001-01-01T00:00:00Z", -62_135_596_800_000, 0],
  ])("%s", (_what, timestamp, occurredAt, occurredSub) => {
    expect(eventOf({ ...required, timestamp })).toMatchObject({ occurredAt, occurredSub });
  });
});

describe("properties", () => {
  test.each(['{"n":9007199254740993}', '{"n":1e400,"m":-0}', '{"z":1,"a":{"y":[0.1,1e-7]}}', '{"__proto__":{"a":1}}'])(
    "%s come out as they went in",
    (properties) => {
      const line = `{"eventType":"click","timestamp":${MS},"properties":${properties}}`;
      expect(eventOf(line).data).toBe(`{"properties":${properties}}`);
    },
  );

  const nested = (levels: number): unknown => (levels === 1 ? {} : { a: nested(levels - 1) });
  const sized = (length: number) => ({ a: "x".repeat(length - '{"a":""}'.length) });

  test("may be 16 levels deep and 32 KiB long", () => {
    expect(eventOf({ ...required, properties: nested(16) }).data).not.toBeNull();
    expect(eventOf({ ...required, properties: sized(32 * 1024) }).data).not.toBeNull();
  });

  test("are rejected beyond that", () => {
    expect(reasonOf({ ...required, properties: nested(17) })).toBe("properties: must be at most 16 levels deep");
    expect(reasonOf({ ...required, properties: sized(32 * 1024 + 1) })).toBe(
      "properties: must be at most 32 KiB as JSON",
    );
  });
});

describe("rejected, with the field and what is wrong with it:", () => {
  const cases: readonly (readonly [line: unknown, reason: string])[] = [
    [{ timestamp: MS }, "eventType: is required"],
    [{ eventType: "a" }, "timestamp: is required"],
    [{ eventType: "a", timestamp: null }, "timestamp: must be milliseconds since 1970 or an ISO 8601 time"],
    [{ eventType: "", timestamp: MS }, "eventType: must be a text of 1 to 100 characters"],
    [{ eventType: "x".repeat(101), timestamp: MS }, "eventType: must be a text of 1 to 100 characters"],
    [{ ...required, timestamp: "yesterday" }, "timestamp: must be milliseconds since 1970 or an ISO 8601 time"],
    [{ ...required, timestamp: 1_700_000_000 }, expect.stringContaining("are these seconds?")],
    [{ ...required, url: "/path" }, "url: must be an http or https URL"],
    [{ ...required, url: "ftp://example.com/" }, "url: must be an http or https URL"],
    [{ ...required, url: `https://example.com/${"x".repeat(2_048)}` }, "url: must be a text of 1 to 2048 characters"],
    [{ ...required, referrer: 1 }, "referrer: must be a text"],
    [{ ...required, sessionId: "" }, "sessionId: must be a text of 1 to 200 characters"],
    [{ ...required, visitorId: 5 }, "visitorId: must be a text of 1 to 200 characters"],
    [{ ...required, browser: "x".repeat(101) }, "browser: must be a text of at most 100 characters"],
    [{ ...required, eventId: "x".repeat(129) }, "eventId: must be a text of 1 to 128 characters"],
    [{ ...required, city: "x".repeat(101) }, "city: must be a text of at most 100 characters"],
    [{ ...required, clickId: "" }, "clickId: must be a text of 1 to 200 characters"],
    [{ ...required, isTest: "true" }, "isTest: must be true or false"],
    [{ ...required, value: "1" }, expect.stringMatching(/^value: must be a number between /)],
    [{ ...required, value: 1e12 }, expect.stringMatching(/^value: must be a number between /)],
    [{ ...required, currency: "EURO" }, 'currency: must be an ISO 4217 code such as "USD"'],
    [{ ...required, properties: [] }, "properties: must be an object"],
    [{ ...required, properties: "a" }, "properties: must be an object"],
    [[required], "Is no JSON object"],
    ["null", "Is no JSON object"],
    [`{"eventType":"a","timestamp":${MS},"properties":1e400}`, "properties: must be an object"],
    [`{"eventType":"a","timestamp":${MS},"value":1e400}`, expect.stringMatching(/^value: must be a number between /)],
    ["{", expect.stringContaining("Is not valid JSON")],
    ["hello", expect.stringContaining("Is not valid JSON")],
    [`{"eventType":"a\\ud800","timestamp":${MS}}`, expect.stringContaining("unpaired surrogates")],
    [`{"eventType":"a\\u0000","timestamp":${MS}}`, expect.stringContaining("NUL characters")],
    [`{"eventType":"a","timestamp":${MS},"properties":{"\\ud800":1}}`, expect.stringContaining("unpaired surrogates")],
    ["[".repeat(30_000), expect.stringContaining("Is not valid JSON")],
  ];

  test.each(cases.map(([line, reason]) => [JSON.stringify(line).slice(0, 100), line, reason] as const))(
    "%s",
    (_title, line, reason) => {
      expect(reasonOf(line)).toEqual(reason);
    },
  );
});

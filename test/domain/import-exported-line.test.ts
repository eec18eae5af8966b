import { describe, expect, test } from "bun:test";
import { emptyEvent } from "../../src/domain/event.ts";
import { createJsonLineDecoder } from "../../src/domain/import-json-lines.ts";

const CODE = "pm-abc123-1704067200000";
const decode = createJsonLineDecoder({ site: { id: 7, trackingCode: CODE } });
const MS = Date.UTC(2026, 5, 7, 14, 22, 10, 123);
const required = { dedupeKey: "e:a", eventType: "epiPageView", timestamp: "2026-06-07T14:22:10.1234567Z" };

const decodeLine = (line: unknown) => decode(typeof line === "string" ? line : JSON.stringify(line));

test("the key, the type and the time are enough, and what else there is stays away", () => {
  expect(decodeLine({ ...required, userAgent: "Mozilla/5.0", id: "8ry5b3vym8" })).toEqual({
    outcome: "event",
    event: {
      ...emptyEvent({ type: "epiPageView", occurredAt: MS }),
      siteId: 7,
      occurredSub: 4567,
      dedupeKey: "e:a",
    },
    hints: null,
    returning: { ownId: null },
  });
});

test("what no line of a person may have is taken as it was", () => {
  const line = {
    ...required,
    eventType: "",
    url: "no URL at all",
    path: "/another",
    browser: "x".repeat(10_000),
    timestamp: "9999-12-31T23:59:59.999Z",
    createdAt: "2020-02-03T04:05:06.007Z",
    value: 0.000001,
    data: { user: { a: [1] } },
    properties: { b: 1 },
  };
  expect(decodeLine(line)).toMatchObject({
    outcome: "event",
    event: {
      type: "",
      url: "no URL at all",
      path: "/another",
      browser: "x".repeat(10_000),
      occurredAt: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      receivedAt: Date.UTC(2020, 1, 3, 4, 5, 6, 7),
      valueMicros: 1,
      data: '{"properties":{"b":1},"user":{"a":[1]}}',
    },
  });
});

test("numbers keep every digit", () => {
  const line = `{"dedupeKey":"t:1","eventType":"conversion","timestamp":"2026-01-01T00:00:00Z","value":9007199254.740991,"properties":{"n":1.10},"data":{"m":9007199254740993}}`;
  expect(decodeLine(line)).toMatchObject({
    event: { valueMicros: Number.MAX_SAFE_INTEGER, data: '{"properties":{"n":1.10},"m":9007199254740993}' },
  });
});

describe("the id is told of an event that", () => {
  test.each([
    ["comes from this site", `x:${CODE}.8ry5b3vym8`, Number.parseInt("8ry5b3vym8", 36)],
    ["comes from another site", "x:pm-other1-1704067200000.8ry5b3vym8", null],
    ["has a key of its own", "e:8ry5b3vym8", null],
    ["has a key that only looks like one", `x:${CODE}.08ry5b3vym8`, null],
    ["has one that is too large", `x:${CODE}.zzzzzzzzzzzz`, null],
  ])("%s", (_what, dedupeKey, ownId) => {
    expect(decodeLine({ ...required, dedupeKey })).toMatchObject({ outcome: "event", returning: { ownId } });
  });
});

describe("rejected, with the field and what is wrong with it:", () => {
  const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });
  const cases: readonly (readonly [line: unknown, reason: string])[] = [
    [{ ...required, dedupeKey: 5 }, "dedupeKey: must be that of an exported event"],
    [{ ...required, dedupeKey: "mine" }, "dedupeKey: must be that of an exported event"],
    [{ ...required, dedupeKey: "e:" }, "dedupeKey: must be that of an exported event"],
    [{ ...required, dedupeKey: `e:${"x".repeat(1_001)}` }, "dedupeKey: must be that of an exported event"],
    [{ ...required, eventType: null }, "eventType: must be a text"],
    [{ ...required, timestamp: MS }, "timestamp: must be an ISO 8601 time"],
    [{ ...required, timestamp: "yesterday" }, "timestamp: must be an ISO 8601 time"],
    [{ ...required, createdAt: "2026-13-01" }, "createdAt: must be an ISO 8601 time"],
    [{ ...required, city: 5 }, "city: must be a text"],
    [{ ...required, isTest: "yes" }, "isTest: must be true or false"],
    [{ ...required, value: "1" }, "value: must be a number of at most 15 digits"],
    [{ ...required, value: 1e12 }, "value: must be a number of at most 15 digits"],
    [{ ...required, properties: [] }, "properties: must be an object"],
    [{ ...required, data: "a" }, "data: must be an object"],
    [{ ...required, data: nested(33) }, "data: must be an object of at most 32 levels"],
    [
      `{"dedupeKey":"e:a","eventType":"a\\ud800","timestamp":"2026-01-01"}`,
      expect.stringContaining("unpaired surrogates"),
    ],
    [
      `{"dedupeKey":"e:a","eventType":"a","timestamp":"2026-01-01","properties":1e400}`,
      "properties: must be an object of at most 32 levels",
    ],
  ];
  test.each(cases.map(([line, reason]) => [JSON.stringify(line).slice(0, 100), line, reason] as const))(
    "%s",
    (_title, line, reason) => {
      expect(decodeLine(line)).toEqual({ outcome: "rejected", reason });
    },
  );
});

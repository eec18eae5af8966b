import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createEvent, createSite, expectInvalid, listEvents, pageView, post } from "./fixture.ts";

const long = (length: number) => "x".repeat(length);
const urlOf = (length: number) => `https://example.com/${long(length - "https://example.com/".length)}`;

const REQUIRED = ["trackingCode", "eventType", "url", "sessionId", "visitorId"];

/** Optional fields, with a value that is shown as it was sent. */
const OPTIONAL: Readonly<Record<string, unknown>> = {
  referrer: "https://google.com",
  deviceType: "mobile",
  browser: "Chrome",
  os: "Windows",
  location: "US",
  properties: {},
  eventId: "e-1",
  eventName: "signup",
  value: 1.5,
  currency: "USD",
};

const ID = "Must be a string of 1 to 200 characters";
const LABEL = "Must be a string of at most 100 characters";
const URL_LENGTH = "Must be a URL of at most 2048 characters";
const NO_URL = "Must be an http or https URL";
const EVENT_TYPE = "Must be one of: pageview, click, custom, conversion";
const DEVICE_TYPE = "Must be one of: mobile, tablet, desktop";
const CODE = "Invalid tracking code format";
const CURRENCY = 'Must be an ISO 4217 code such as "USD"';
const EVENT_ID = "Must be a string of 1 to 128 characters";
const EVENT_NAME = "Must be a string of 1 to 100 characters";
const VALUE = "Must be between -9007199254.740992 and 9007199254.740992";

/** Field → values at the edge of what it may be. */
const ACCEPTED: Readonly<Record<string, readonly unknown[]>> = {
  url: ["http://a", urlOf(2048), "https://example.com:8443/a b?x=é#😀", "HTTPS://EXAMPLE.COM/"],
  sessionId: ["x", long(200), "😀", " "],
  visitorId: ["x", long(200)],
  browser: ["", long(100)],
  os: [long(100)],
  location: [long(100), "São Paulo"],
  eventId: ["x", long(128)],
  eventName: ["x", long(100)],
  value: [0, -5, 0.000001, 9007199254.740992, -9007199254.740992],
};

/** Field → [value, what is said about it]. */
const REFUSED: Readonly<Record<string, readonly (readonly [value: unknown, message: string])[]>> = {
  trackingCode: [
    [null, CODE],
    ["", CODE],
    [5, CODE],
    ["pm-", CODE],
    ["pm-ABC-1", CODE],
    ["pm-abc-x", CODE],
    [" pm-abc-1", CODE],
    ["pm-abc-1\n", CODE],
    [`pm-${long(100)}-1`, CODE],
    [["pm-abc-1"], CODE],
  ],
  eventType: [
    [null, EVENT_TYPE],
    ["", EVENT_TYPE],
    ["lead", EVENT_TYPE],
    ["PageView", EVENT_TYPE],
    [1, EVENT_TYPE],
  ],
  url: [
    [null, URL_LENGTH],
    [5, URL_LENGTH],
    [urlOf(2049), URL_LENGTH],
    ["", NO_URL],
    ["/page", NO_URL],
    ["example.com/page", NO_URL],
    ["//example.com/page", NO_URL],
    ["http://", NO_URL],
    ["ftp://example.com/", NO_URL],
    ["file:///etc/passwd", NO_URL],
    ["javascript:alert(1)", NO_URL],
    ["data:text/html,hi", NO_URL],
    ["android-app://com.example", NO_URL],
  ],
  sessionId: [
    [null, ID],
    ["", ID],
    [long(201), ID],
    [5, ID],
    [{}, ID],
  ],
  visitorId: [
    [null, ID],
    ["", ID],
    [long(201), ID],
    [true, ID],
  ],
  referrer: [
    [5, "Must be a string"],
    [{}, "Must be a string"],
  ],
  deviceType: [
    ["Desktop", DEVICE_TYPE],
    ["", DEVICE_TYPE],
    [1, DEVICE_TYPE],
  ],
  browser: [
    [long(101), LABEL],
    [5, LABEL],
  ],
  os: [
    [long(101), LABEL],
    [[], LABEL],
  ],
  location: [
    [long(101), LABEL],
    [{}, LABEL],
  ],
  timestamp: [
    ["1704067200000", "Must be a number"],
    ["2024-01-01T00:00:00Z", "Must be a number"],
    [true, "Must be a number"],
  ],
  properties: [
    [[], "Must be an object"],
    ["{}", "Must be an object"],
    [5, "Must be an object"],
  ],
  eventId: [
    ["", EVENT_ID],
    [long(129), EVENT_ID],
    [5, EVENT_ID],
  ],
  eventName: [
    ["", EVENT_NAME],
    [long(101), EVENT_NAME],
    [5, EVENT_NAME],
  ],
  value: [
    ["1", "Must be a number"],
    [9007199254.740993, VALUE],
    [-9007199254.740993, VALUE],
  ],
  currency: [
    ["", CURRENCY],
    ["US", CURRENCY],
    ["USDT", CURRENCY],
    ["U$D", CURRENCY],
    [840, CURRENCY],
  ],
  userAgent: [[5, "Must be a string"]],
};

const rows = <Value>(table: Readonly<Record<string, readonly Value[]>>) =>
  Object.entries(table).flatMap(([field, values]) => values.map((value) => ({ field, value })));

describe("the fields of an event", () => {
  onEveryTarget((server) => {
    test.each(REQUIRED)("%s is required", async (field) => {
      const site = await createSite(server());
      await expectInvalid(await post(server(), pageView(site, { [field]: undefined })), { [field]: ["Required"] });
    });

    test.each(Object.entries(OPTIONAL))(
      "%s is optional, and null means the same as leaving it out",
      async (field, value) => {
        const site = await createSite(server());
        const given = await createEvent(server(), pageView(site, { [field]: value }));
        const nothing = await createEvent(server(), pageView(site, { [field]: null }));
        const leftOut = await createEvent(server(), pageView(site));
        expect(given[field]).toEqual(value);
        expect(nothing[field]).toBeNull();
        expect(leftOut[field]).toBeNull();
      },
    );

    test.each(["timestamp", "userAgent"])("%s is optional, and may be null", async (field) => {
      const site = await createSite(server());
      await createEvent(server(), pageView(site, { [field]: null }));
    });

    test.each(rows(ACCEPTED))("$field may be $value", async ({ field, value }) => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { [field]: value }));
      expect(event[field]).toEqual(value);
      expect((await listEvents(server(), site)).events).toEqual([event]);
    });

    test.each(rows(REFUSED))("400 names $field: $value", async ({ field, value: [value, message] }) => {
      const site = await createSite(server());
      await expectInvalid(await post(server(), pageView(site, { [field]: value })), { [field]: [message] });
      expect((await listEvents(server(), site)).pagination.total).toBe(0);
    });

    test("400 names every field that is wrong at once", async () => {
      await expectInvalid(
        await post(server(), {
          trackingCode: "invalid",
          eventType: "x",
          url: 5,
          deviceType: "phone",
          browser: long(101),
        }),
        {
          trackingCode: [CODE],
          eventType: [EVENT_TYPE],
          url: [URL_LENGTH],
          sessionId: ["Required"],
          visitorId: ["Required"],
          deviceType: [DEVICE_TYPE],
          browser: [LABEL],
        },
      );
      await expectInvalid(
        await post(server(), pageView({ trackingCode: "pm-a-1" }, { url: "x:y", timestamp: 5, value: 1e10 })),
        {
          url: [NO_URL],
          timestamp: ["Must be milliseconds since 1970, from the year 2000 on and at most 24 hours ahead"],
          value: [VALUE],
        },
      );
    });

    test("a value is kept in millionths", async () => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { value: 0.1 + 0.2 }));
      expect(event.value).toBe(0.3);
      expect((await listEvents(server(), site)).events[0]?.value).toBe(0.3);
    });
  });
});

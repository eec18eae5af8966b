import { describe, expect, test } from "bun:test";
import type { NewEvent } from "../../../src/domain/event.ts";
import { NOON, newEvent, type TestDatabase } from "../../support/store.ts";
import { type SharedDatabase, shareDatabase } from "./site.ts";

/** That what was sent is what is read. */
export function columnsContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("an event", () => {
    readBackContract(shareDatabase(createDatabase));
  });
}

function readBackContract({ storeSite, store }: SharedDatabase): void {
  /** The event as it is read back, alone and in a list. */
  async function storeAndRead(event: NewEvent) {
    const site = await storeSite([event]);
    const { events } = await site.list({ filter: { includeTest: true } });
    const found = await store().reader.findEvent(site.ids[0] as number);
    expect(events).toEqual(found ? [found] : []);
    return found;
  }

  describe("read back", () => {
    test("has every column as it was sent", async () => {
      const event: NewEvent = {
        siteId: 1,
        type: "purchase",
        name: "naïve \"quoted\" 'name' \\ %_*?[ -- ;",
        occurredAt: NOON,
        occurredSub: 9_999,
        visitorId: "v-😀-\u{10ffff}",
        sessionId: "s\n\t\u0001",
        url: "https://example.com/ü?q=1&r=%00#f",
        path: "/ü",
        referrer: "null",
        device: "123",
        browser: "1e3",
        os: "[1,2]",
        country: "DE",
        region: "{}",
        city: '"x"',
        botName: "b",
        botCompany: "c",
        aiSource: "a",
        clickId: "0012",
        customerKey: " padded ",
        valueMicros: Number.MAX_SAFE_INTEGER,
        currency: "EUR",
        isTest: true,
        dedupeKey: "e:0099",
        data: '{"properties":{"a":1}}',
      };
      const found = await storeAndRead(event);
      expect(found).toEqual({
        ...event,
        siteId: expect.any(Number),
        id: expect.any(Number),
        receivedAt: NOON,
        properties: '{"a":1}',
      });
    });

    test("has null where nothing was sent", async () => {
      const event = newEvent();
      expect(await storeAndRead(event)).toEqual({
        ...event,
        siteId: expect.any(Number),
        id: expect.any(Number),
        receivedAt: NOON,
        properties: null,
      });
    });

    test.each([
      ["the year 1", { occurredAt: -62_135_596_800_000, valueMicros: Number.MIN_SAFE_INTEGER }],
      ["the year 9999", { occurredAt: 253_402_300_799_999, valueMicros: -1 }],
      ["1970", { occurredAt: 0, valueMicros: 0 }],
      ["a millisecond before 1970", { occurredAt: -1, valueMicros: 99_990_000 }],
    ])("keeps integers of %s exact", async (_, integers) => {
      expect(await storeAndRead(newEvent(integers))).toMatchObject(integers);
    });

    test("keeps a text of 200,000 characters", async () => {
      const url = `https://example.com/${"ä😀x".repeat(50_000)}`;
      expect((await storeAndRead(newEvent({ url })))?.url).toBe(url);
    });
  });

  describe("with data", () => {
    const verbatim = [
      ["key order", '{"z":1,"a":2,"10":3,"2":4}'],
      ["number literals", '{"a":1.10,"b":9007199254740993,"c":1e400,"d":-0,"e":1E5,"f":0.1e-7,"g":-0.0}'],
      ["digits that no double holds", `{"a":${"1234567890".repeat(20)}.${"1234567890".repeat(5)}}`],
      ["repeated keys", '{"a":1,"a":2}'],
      ["unicode", '{"ключ":"значение","😀":"\u{10ffff}","e\u0301":"\u2028\u2029\u007f"}'],
      ["escapes", '{"a":"\\u0041\\n\\"\\\\\\/\\ud83d\\ude00","\\u006b":1}'],
      ["nesting", `${'{"a":['.repeat(8)}null${"]}".repeat(8)}`],
      ["empty things", '{"a":{},"b":[],"c":"","":0}'],
      ["names of JavaScript's own", '{"__proto__":{"x":1},"constructor":null,"toString":false}'],
      ["a text that looks like JSON", '{"a":"{\\"b\\":1.10}"}'],
    ] as const;

    test.each(verbatim)("and properties gives both back letter for letter: %s", async (_, json) => {
      const data = `{"payload":${json},"properties":${json}}`;
      expect(await storeAndRead(newEvent({ data }))).toMatchObject({ data, properties: json });
    });

    test("without properties has none, and keeps a null", async () => {
      expect(await storeAndRead(newEvent({ data: '{"payload":{"properties":1}}' }))).toMatchObject({
        properties: null,
      });
      expect(await storeAndRead(newEvent({ data: '{"properties":null}' }))).toMatchObject({
        data: '{"properties":null}',
        properties: "null",
      });
    });
  });
}

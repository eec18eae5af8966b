import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewEvent } from "../../src/domain/event.ts";
import type { Store } from "../../src/domain/ports.ts";
import { isCleanText, isShallow, parseJson } from "../../src/domain/text.ts";
import { jsonDocument, textsOf, write } from "../support/json-documents.ts";
import { createFileDatabase, newEvent, type TestDatabase } from "../support/store.ts";

/** What passes the gate, as an event; null where it is refused. */
function throughTheGate(text: string): { data: string; properties: string } | null {
  try {
    const value = parseJson(text);
    const properties = JSON.stringify(value);
    return isShallow(value) ? { data: `{"properties":${properties}}`, properties } : null;
  } catch {
    return null;
  }
}

describe("what passes the text gate", () => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await createFileDatabase();
    store = await database.open({ durability: "normal" });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  async function readBack(event: NewEvent) {
    const [result] = await store.writer.append([event]);
    return result?.outcome === "stored" ? store.reader.findEvent(result.id) : result;
  }

  test("is read back from a file letter for letter: documents", async () => {
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(jsonDocument, async (json) => {
        const passed = throughTheGate(write(json));
        if (!passed) return;
        expect(await readBack(newEvent({ data: passed.data }))).toMatchObject(passed);
        stored += 1;
      }),
      { numRuns: 300 },
    );
    expect(stored).toBeGreaterThan(150);
  }, 60_000);

  test("is read back from a file letter for letter: texts in every column", async () => {
    await fc.assert(
      fc.asyncProperty(jsonDocument, fc.string({ unit: "binary" }), async (json, more) => {
        for (const text of [...textsOf(json), more]) {
          if (!isCleanText(text)) continue;
          const texts = { type: text, name: text, visitorId: text, url: text, path: text, customerKey: text };
          expect(await readBack(newEvent(texts))).toMatchObject(texts);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test("is all that gets in: what did not pass is refused by the store, and every event stays readable", async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(jsonDocument, async (json) => {
        const texts = textsOf(json);
        const events = [newEvent({ siteId: 9, data: write(json) }), newEvent({ siteId: 9, name: texts.join(" ") })];
        const results = await store.writer.append(events);
        if (texts.every(isCleanText)) {
          expect(results.map(({ outcome }) => outcome)).toEqual(["stored", "stored"]);
        } else {
          expect(results[1]?.outcome === "rejected" || isCleanText(texts.join(" "))).toBe(true);
          refused += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(5);
    const { events } = await store.reader.listEvents({
      filter: { siteId: 9 },
      order: "asc",
      limit: 1_000,
      count: false,
    });
    expect(events.length).toBeGreaterThan(150);
    expect(events.every(({ name, data }) => isCleanText(`${name}${data}`))).toBe(true);
  }, 60_000);
});

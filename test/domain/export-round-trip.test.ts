import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createExportEvents } from "../../src/domain/export-events.ts";
import { EXPORT_ENCODERS, type ExportFormat } from "../../src/domain/export-format.ts";
import { readCsv } from "../../src/domain/import-csv.ts";
import { createImportEvents, type EnrichLine, type RejectedLine } from "../../src/domain/import-events.ts";
import { createJsonLineDecoder } from "../../src/domain/import-json-lines.ts";
import { MAX_EVENT_BYTES, splitLines } from "../../src/domain/import-lines.ts";
import type { Store } from "../../src/domain/ports.ts";
import { DEFAULT_SITE_SETTINGS, type Site } from "../../src/domain/site.ts";
import { canonicalEvent, placed } from "../support/canonical-events.ts";
import { createTestClock } from "../support/clock.ts";
import { createTestEnrich, DEFAULT_PRIVACY } from "../support/enrich.ts";
import { createFileDatabase, NOON, newEvent, type TestDatabase } from "../support/store.ts";

const clock = createTestClock();
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createFileDatabase();
  store = await database.open({ clock, durability: "normal" });
});
afterAll(() => database[Symbol.asyncDispose]());

let sites = 0;
const newSite = (): Site => {
  sites += 1;
  return {
    ...DEFAULT_SITE_SETTINGS,
    id: sites,
    name: "A",
    domain: null,
    description: null,
    trackingCode: `pm-abc${sites}-1704067200000`,
    siteKey: "ak_a",
    scope: "a",
    createdAt: 0,
  };
};

async function exportOf(site: Site, format: ExportFormat): Promise<string> {
  const encoder = EXPORT_ENCODERS[format](site);
  const exportEvents = createExportEvents({ reader: store.reader, wait: async () => {} });
  let text = encoder.header;
  const filter = { siteId: site.id, includeTest: true };
  for await (const events of exportEvents({ site, filter, order: "asc" })) text += encoder.encode(events);
  return text;
}

/** All that is stored of a site's events but what an import makes anew. */
async function columnsOf(site: Site): Promise<unknown[]> {
  const { events, next } = await store.reader.scanEvents({
    filter: { siteId: site.id, includeTest: true },
    order: "asc",
  });
  expect(events.length > 0).toBe(next !== null);
  return events.map(({ id: _id, siteId: _siteId, dedupeKey, data, ...columns }) => ({
    ...columns,
    dedupeKey: dedupeKey?.startsWith("x:") ? null : dedupeKey,
    // Which of its keys comes first is the only thing that may change.
    data: data === null ? null : JSON.parse(data),
  }));
}

/** In pieces of a length that cuts lines, texts and characters. */
async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997);
}

const enrichAll = createTestEnrich();
const enrich: EnrichLine = (event, hints) => enrichAll(event, hints, DEFAULT_PRIVACY);

async function importInto(site: Site, format: ExportFormat, text: string) {
  const rejected: RejectedLine[] = [];
  const chunks = bytesOf(text);
  const counts = await createImportEvents({ ...store, clock, enrich, wait: async () => {} })({
    lines:
      format === "csv" ? readCsv(chunks) : splitLines(chunks, { invalidUtf8: "problem", maxBytes: MAX_EVENT_BYTES }),
    decode: createJsonLineDecoder({ site }),
    onRejected: (line) => rejected.push(line),
  });
  return { counts, rejected };
}

const FORMATS = ["jsonl", "csv"] as const satisfies readonly ExportFormat[];

describe("what is exported, imported and exported again", () => {
  test("is the same to the byte, whatever was stored, in both formats", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(canonicalEvent, { maxLength: 25 }), async (events) => {
        const origin = newSite();
        clock.advance(1_234);
        const results = await store.writer.append(placed(origin.id, events));
        const stored = results.filter(({ outcome }) => outcome === "stored").length;
        const first = { jsonl: await exportOf(origin, "jsonl"), csv: await exportOf(origin, "csv") };
        expect(first.jsonl.split("\n")).toHaveLength(stored + 1);
        const columns = await columnsOf(origin);
        clock.advance(1_234);
        for (const format of FORMATS) {
          const copy = newSite();
          const { counts, rejected } = await importInto(copy, format, first[format]);
          expect(rejected).toEqual([]);
          expect(counts).toMatchObject({ stored, duplicates: 0 });
          expect(await columnsOf(copy)).toEqual(columns);
          for (const again of FORMATS) expect(await exportOf(copy, again)).toBe(first[again]);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test("is the same for more events than are read or stored at once, many at the same time", async () => {
    const origin = newSite();
    const events = Array.from({ length: 3_300 }, (_, n) =>
      newEvent({ siteId: origin.id, occurredAt: NOON + (n % 2), name: `event ${n}` }),
    );
    await store.writer.append(events);
    const first = await exportOf(origin, "jsonl");
    const copy = newSite();
    expect((await importInto(copy, "jsonl", first)).counts).toMatchObject({ lines: 3_300, stored: 3_300 });
    expect(await exportOf(copy, "jsonl")).toBe(first);
  });
});

describe("an export that is imported again", () => {
  const stored = async (site: Site) => {
    await store.writer.append([
      newEvent({ siteId: site.id }),
      newEvent({ siteId: site.id }),
      newEvent({ siteId: site.id, dedupeKey: "e:mine" }),
    ]);
    return exportOf(site, "jsonl");
  };

  test("adds nothing, also not what is the same in every field", async () => {
    const [origin, copy] = [newSite(), newSite()];
    const text = await stored(origin);
    expect((await importInto(copy, "jsonl", text)).counts).toMatchObject({ stored: 3, duplicates: 0 });
    expect((await importInto(copy, "jsonl", text)).counts).toMatchObject({ stored: 0, duplicates: 3 });
    expect((await importInto(copy, "csv", await exportOf(copy, "csv"))).counts).toMatchObject({ duplicates: 3 });
  });

  test("into the site that it came from brings back only what was purged", async () => {
    const site = newSite();
    const text = await stored(site);
    expect((await importInto(site, "jsonl", text)).counts).toMatchObject({ stored: 0, duplicates: 3 });
    await database.sql.execute({
      sql: "DELETE FROM events WHERE id = (SELECT min(id) FROM events WHERE site_id = ?)",
      args: [site.id],
    });
    expect((await importInto(site, "jsonl", text)).counts).toMatchObject({ stored: 1, duplicates: 2 });
    expect((await importInto(site, "jsonl", text)).counts).toMatchObject({ stored: 0, duplicates: 3 });
    expect((await exportOf(site, "jsonl")).split("\n").toSorted()).toEqual(text.split("\n").toSorted());
  });

  test("of two sites into a third keeps the events of both", async () => {
    const [one, other, both] = [newSite(), newSite(), newSite()];
    for (const site of [one, other]) await importInto(both, "jsonl", await stored(site));
    // The event with the same eventId is one and the same.
    expect((await exportOf(both, "jsonl")).split("\n")).toHaveLength(5 + 1);
  });
});

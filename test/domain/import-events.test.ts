import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AppError } from "../../src/domain/errors.ts";
import { emptyEvent } from "../../src/domain/event.ts";
import {
  createImportEvents,
  type EnrichLine,
  type ImportCounts,
  type RejectedLine,
} from "../../src/domain/import-events.ts";
import { createJsonLineDecoder } from "../../src/domain/import-json-lines.ts";
import type { ImportLine } from "../../src/domain/import-lines.ts";
import type { EventWriter, Store } from "../../src/domain/ports.ts";
import { createTestClock } from "../support/clock.ts";
import { createTestEnrich, DEFAULT_PRIVACY } from "../support/enrich.ts";
import { createFileDatabase, type TestDatabase } from "../support/store.ts";

const clock = createTestClock();
const NOW = clock.now();
const HOUR = 3_600_000;
const enrichAll = createTestEnrich();

let database: TestDatabase;
let store: Store;
let sites = 0;

beforeAll(async () => {
  database = await createFileDatabase();
  store = await database.open({ clock });
});
afterAll(() => database[Symbol.asyncDispose]());

/** Lines of one input, a few at a time. */
async function* inBlocks(texts: readonly string[], size = 7): AsyncGenerator<readonly ImportLine[]> {
  const lines = texts.map((text, index) => ({ number: index + 1, text, problem: null }));
  for (let at = 0; at < lines.length; at += size) yield lines.slice(at, at + size);
}

const TRACKING_CODE = "pm-abc123-1704067200000";

interface ImportOptions {
  readonly siteId: number;
  readonly writer?: EventWriter;
  readonly enrich?: EnrichLine;
}

/** Imports JSON lines, and tells how long it waited between tries. */
async function importLines(lines: AsyncIterable<readonly ImportLine[]>, options: ImportOptions) {
  const rejected: RejectedLine[] = [];
  const progress: ImportCounts[] = [];
  const waits: number[] = [];
  const importEvents = createImportEvents({
    writer: options.writer ?? store.writer,
    reader: store.reader,
    enrich: options.enrich ?? ((event, hints) => enrichAll(event, hints, DEFAULT_PRIVACY)),
    clock,
    wait: async (ms) => void waits.push(ms),
  });
  let failure: unknown = null;
  let counts: ImportCounts | null = null;
  try {
    counts = await importEvents({
      lines,
      decode: createJsonLineDecoder({ site: { id: options.siteId, trackingCode: TRACKING_CODE } }),
      onRejected: (line) => rejected.push(line),
      onProgress: (latest) => progress.push({ ...latest }),
    });
  } catch (error) {
    failure = error;
  }
  return { counts, rejected, waits, failure, last: progress.at(-1) ?? null };
}

const newSite = (): number => 1_000 + sites++;

const line = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({ eventType: "pageview", timestamp: NOW - HOUR, ...fields });

const distinctLines = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => line({ url: `https://a.example/${index}` }));

async function totalOf(siteId: number): Promise<number | null> {
  return (await store.reader.listEvents({ filter: { siteId }, order: "desc", limit: 1, count: true })).total;
}

const NONE: ImportCounts = { lines: 0, stored: 0, duplicates: 0, rejected: 0, skipped: {} };

test("an empty input is imported", async () => {
  expect((await importLines(inBlocks([]), { siteId: newSite() })).counts).toEqual(NONE);
});

test("every line is stored, whatever their number is to the size of a transaction", async () => {
  for (const count of [1, 499, 500, 501, 1_700]) {
    const siteId = newSite();
    const { counts } = await importLines(inBlocks(distinctLines(count)), { siteId });
    expect(counts).toEqual({ ...NONE, lines: count, stored: count });
    expect(await totalOf(siteId)).toBe(count);
  }
});

test("the same lines again are duplicates", async () => {
  const siteId = newSite();
  const lines = distinctLines(1_200);
  await importLines(inBlocks(lines), { siteId });
  expect((await importLines(inBlocks(lines), { siteId })).counts).toEqual({ ...NONE, lines: 1_200, duplicates: 1_200 });
  expect(await totalOf(siteId)).toBe(1_200);
});

test("lines that were added since are stored", async () => {
  const siteId = newSite();
  const lines = distinctLines(20);
  await importLines(inBlocks(lines.slice(0, 10)), { siteId });
  expect((await importLines(inBlocks(lines), { siteId })).counts).toMatchObject({ stored: 10, duplicates: 10 });
});

test("equal lines of one input are events of their own, also when it is imported again with more of them", async () => {
  const siteId = newSite();
  expect((await importLines(inBlocks([line(), line()]), { siteId })).counts).toMatchObject({ stored: 2 });
  expect((await importLines(inBlocks([line(), line(), line()]), { siteId })).counts).toMatchObject({
    stored: 1,
    duplicates: 2,
  });
});

test("lines with an eventId are known by it, not by their text", async () => {
  const siteId = newSite();
  const lines = [line({ eventId: "a", browser: "Chrome" }), line({ eventId: "a" }), line({ eventId: "b" })];
  expect((await importLines(inBlocks(lines), { siteId })).counts).toMatchObject({ stored: 2, duplicates: 1 });
});

test("the same lines of another site are not duplicates", async () => {
  const lines = distinctLines(3);
  await importLines(inBlocks(lines), { siteId: newSite() });
  expect((await importLines(inBlocks(lines), { siteId: newSite() })).counts).toMatchObject({ stored: 3 });
});

test("a rejected line is told with its number, reason and text, and its neighbours are stored", async () => {
  const siteId = newSite();
  const { counts, rejected } = await importLines(inBlocks([line({ os: "A" }), "oops", line({ os: "B" })]), { siteId });
  expect(counts).toEqual({ ...NONE, lines: 3, stored: 2, rejected: 1 });
  expect(rejected).toEqual([{ line: 2, reason: expect.stringContaining("Is not valid JSON"), text: "oops" }]);
});

test("a line that could not be read is rejected for that reason", async () => {
  async function* lines() {
    yield [{ number: 1, text: "{}", problem: "Is longer than 10 bytes" }];
  }
  const { rejected } = await importLines(lines(), { siteId: newSite() });
  expect(rejected).toEqual([{ line: 1, reason: "Is longer than 10 bytes", text: "{}" }]);
});

test("blank lines are skipped", async () => {
  const { counts } = await importLines(inBlocks(["", "  ", line()]), { siteId: newSite() });
  expect(counts).toEqual({ ...NONE, lines: 3, stored: 1, skipped: { blank: 2 } });
});

test("a time more than 24 hours ahead is rejected, one of 24 hours is not", async () => {
  const lines = [line({ timestamp: NOW + 24 * HOUR }), line({ timestamp: NOW + 24 * HOUR + 1 })];
  const { counts, rejected } = await importLines(inBlocks(lines), { siteId: newSite() });
  expect(counts).toMatchObject({ stored: 1, rejected: 1 });
  expect(rejected[0]).toMatchObject({ line: 2, reason: expect.stringContaining("24 hours ahead") });
});

test("a line's User-Agent tells browser, system and device", async () => {
  const siteId = newSite();
  const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
  await importLines(inBlocks([line({ userAgent })]), { siteId });
  const { events } = await store.reader.listEvents({ filter: { siteId }, order: "desc", limit: 1, count: false });
  expect(events).toMatchObject([{ browser: "Firefox", os: "Linux", device: "desktop" }]);
});

test("an event that the database refuses is rejected alone", async () => {
  const siteId = newSite();
  // Nothing that is decoded can be refused; this stands for what the gate may miss one day.
  const enrich: EnrichLine = (event) => {
    if (event.browser === null) event.data = "{";
  };
  const lines = [line({ userAgent: "x", browser: "B" }), line({ userAgent: "x" })];
  const { counts, rejected } = await importLines(inBlocks(lines), { siteId, enrich });
  expect(counts).toMatchObject({ stored: 1, rejected: 1 });
  expect(rejected).toMatchObject([{ line: 2, reason: expect.stringContaining("Is refused by the database") }]);
});

describe("a busy database", () => {
  /** The store, behind a door that stays shut for a number of tries. */
  function busyFor(tries: number): EventWriter & { tries: number } {
    const door = {
      tries: 0,
      append: async (events: Parameters<EventWriter["append"]>[0]) => {
        door.tries += 1;
        if (door.tries <= tries) throw new AppError("overloaded", "The database is busy; try again");
        return store.writer.append(events);
      },
    };
    return door;
  }

  test("is tried again, with longer and longer waits, and nothing is stored twice", async () => {
    const siteId = newSite();
    const { counts, waits } = await importLines(inBlocks(distinctLines(3)), { siteId, writer: busyFor(4) });
    expect(counts).toEqual({ ...NONE, lines: 3, stored: 3 });
    expect(waits).toEqual([100, 200, 400, 800]);
    expect(await totalOf(siteId)).toBe(3);
  });

  test("ends the import after half a minute", async () => {
    const { failure, waits } = await importLines(inBlocks(distinctLines(3)), {
      siteId: newSite(),
      writer: busyFor(1e9),
    });
    expect(failure).toMatchObject({ code: "overloaded" });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeWithin(20_000, 40_000);
  });
});

test("a full disk ends the import at once, and what was stored until then is counted", async () => {
  const siteId = newSite();
  let appends = 0;
  const writer: EventWriter = {
    append: async (events) => {
      appends += 1;
      if (appends > 2) throw new AppError("disk_full", "The server's disk is nearly full");
      return store.writer.append(events);
    },
  };
  const { failure, last, waits } = await importLines(inBlocks(distinctLines(3_000)), { siteId, writer });
  expect(failure).toMatchObject({ code: "disk_full" });
  expect(waits).toEqual([]);
  expect(last?.stored).toBe(1_000);
  expect(await totalOf(siteId)).toBe(1_000);
});

test("an input that breaks off: what came before is stored and counted, then the reason is thrown", async () => {
  const siteId = newSite();
  async function* broken() {
    yield* inBlocks(distinctLines(510));
    throw new Error("the disk is gone");
  }
  const { failure, last } = await importLines(broken(), { siteId });
  expect(failure).toEqual(new Error("the disk is gone"));
  expect(last).toEqual({ ...NONE, lines: 510, stored: 510 });
  expect(await totalOf(siteId)).toBe(510);
});

test("at most four chunks of events wait at a time, however fast the lines come", async () => {
  let waiting = 0;
  let most = 0;
  const writer: EventWriter = {
    append: async (events) => {
      waiting += 1;
      most = Math.max(most, waiting);
      const results = await store.writer.append(events);
      waiting -= 1;
      return results;
    },
  };
  await importLines(inBlocks(distinctLines(5_000), 1_000), { siteId: newSite(), writer });
  expect(most).toBe(4);
});

test("the writer gets its turn after each chunk, before more lines are read", async () => {
  let read = 0;
  const atTurns: number[] = [];
  const writer: EventWriter = {
    append(events) {
      setImmediate(() => atTurns.push(read));
      return store.writer.append(events);
    },
  };
  const enrich: EnrichLine = (event, hints) => {
    read += 1;
    return enrichAll(event, hints, DEFAULT_PRIVACY);
  };
  await importLines(inBlocks(distinctLines(1_500), 1_500), { siteId: newSite(), writer, enrich });
  expect(atTurns).toEqual([500, 1_000, 1_500]);
});

test("what is imported can be asked for by type and time like any other event", async () => {
  const siteId = newSite();
  const lines = [line({ eventType: "purchase", timestamp: "2020-02-29T12:00:00.1234567Z" }), line()];
  await importLines(inBlocks(lines), { siteId });
  const { events } = await store.reader.listEvents({
    filter: { siteId, type: "purchase", to: Date.UTC(2020, 2, 1) },
    order: "desc",
    limit: 10,
    count: false,
  });
  const occurredAt = Date.UTC(2020, 1, 29, 12, 0, 0, 123);
  expect(events).toMatchObject([
    {
      ...emptyEvent({ type: "purchase", occurredAt }),
      siteId,
      occurredSub: 4567,
      dedupeKey: expect.stringMatching(/^i:[0-9a-z]{9}\.[\w-]{22}$/),
    },
  ]);
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewEvent, ReturningEvent } from "../../src/domain/event.ts";
import { pathOfUrl } from "../../src/domain/page-url.ts";
import { timeOfId } from "../../src/lib/ids.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { VIRTUAL } from "../../src/store/shorthand.ts";
import { HOSTILE } from "../support/hostile-texts.ts";
import { insertSpelledOut } from "../support/spelled-out.ts";
import {
  appendAll,
  createFileDatabase,
  createServerDatabase,
  NOON,
  newEvent,
  type TestDatabase,
} from "../support/store.ts";

/** What is read of each event, in order; and how its row has it. */
async function storeAndRead(events: readonly (NewEvent | ReturningEvent)[]) {
  await using database = await createFileDatabase();
  const store = await database.open();
  await appendAll(store, events);
  const read = await readAll(store);
  const { rows } = await database.sql.execute("SELECT * FROM events ORDER BY id");
  return { read, rows };
}

type Store = Awaited<ReturnType<TestDatabase["open"]>>;

async function readAll(store: Store) {
  const filter = { siteId: 1, includeTest: true };
  return (await store.reader.listEvents({ filter, order: "received", limit: 100_000, count: false })).events;
}

/** An event but for what the store gives it. */
const asSent = ({ id: _id, receivedAt: _receivedAt, properties: _properties, ...event }: Record<string, unknown>) =>
  event;

const URLS = [
  "https://example.com/",
  "https://example.com",
  "https://example.com?a=/b",
  "https://example.com#/b",
  "https://example.com/a?b",
  "https://example.com/a#b?c",
  "https://example.com/a?b#c",
  "https://example.com/?",
  "https://example.com/#",
  "https://example.com/a?b/a?b",
  "https://example.com/a//b/",
  "https://example.com//a",
  "https://user:pa:ss@example.com:8443/a?user=1",
  "https://user:a/b@example.com/a",
  "https://[2001:db8::1]:80/a/b",
  "HTTPS://EXAMPLE.COM/A",
  "http://x/a",
  "http://x",
  "http:///a",
  "http://😀/a/b",
  "http:/😀/a/b",
  "😀😀😀/a/b/c/d",
  "https://bücher.example/über?q=ü",
  "https://example.com/%C3%BCber/%2f?x",
  "https://example.com/😀/a?😀",
  "https://example.com/a b/\t\n c",
  " https://example.com/a ",
  "https:\\\\example.com\\a\\b?c",
  "https://example.com/a/../b/./c",
  "/a/b?c",
  "//example.com/a",
  "?a",
  "#a",
  "",
  "/",
  "ftp://example.com/a",
  "mailto:a@example.com",
  "data:text/html,<a href=/b>",
  "https://",
  "http://",
  `https://example.com/${"a".repeat(65_535)}?b`,
  `https://example.com/${"a".repeat(65_534)}?b`,
  ...HOSTILE,
];

const piece = fc.constantFrom(
  ...[
    "http://",
    "https://",
    "/",
    "//",
    "?",
    "#",
    "a",
    "b.c",
    "ü",
    "😀",
    "%2F",
    " ",
    "\\",
    "@",
    ":",
    "[::1]",
    "?a=/",
    "'",
  ],
);
const url = fc.oneof(
  fc.constantFrom(...URLS),
  fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")),
  fc.array(piece, { maxLength: 9 }).map((pieces) => `https://example.com/${pieces.join("")}`),
);

/** Of a URL its path, and what is nearly that. */
const urlAndPath = fc.option(url).chain((text) =>
  fc.record({
    url: fc.constant(text),
    path: fc.oneof(
      fc.constantFrom(null, "", "/", "/a", "a", "0"),
      text === null ? fc.constant(null) : fc.constant(pathOfUrl(text)),
      text === null
        ? fc.constant("/a")
        : fc.tuple(fc.nat(text.length), fc.nat(text.length)).map(([from, to]) => text.slice(from, to).toWellFormed()),
    ),
  }),
);

describe("a path", () => {
  test("is read as it was given, whatever the URL says", async () => {
    const pairs = [
      ...URLS.flatMap((text) => [null, "", "/", "/a", pathOfUrl(text)].map((path) => ({ url: text, path }))),
      ...[null, "", "/", "/a"].map((path) => ({ url: null, path })),
      ...fc.sample(urlAndPath, { numRuns: 20_000, seed: 20_260_615 }),
    ];
    const { read } = await storeAndRead(pairs.map(newEvent));
    expect(read.map((event) => ({ url: event.url, path: event.path }))).toEqual(pairs);
  }, 60_000);

  test.each([
    "https://example.com/",
    "https://example.com",
    "https://example.com?campaign=x",
    "https://example.com/blog/article-1",
    "http://localhost:3000/a",
    "https://user@example.com:8443/a?b=c/d#e",
    "https://example.com/a#b",
    "https://[2001:db8::1]/a",
    "https://example.com/%C3%BCber?q=ü",
  ])("is not stored beside %s", async (text) => {
    const path = pathOfUrl(text);
    const { read, rows } = await storeAndRead([newEvent({ url: text, path })]);
    expect(read[0]?.path).toBe(path);
    expect(path).not.toBeNull();
    expect(rows[0]).toMatchObject({ path, path_text: null });
  });
});

/** What is in rows for good: names may only be added. */
const NAMES = {
  browser: [
    ...["Chrome", "Safari", "Edge", "Firefox", "Samsung Internet", "Opera", "Chrome WebView", "Facebook", "Instagram"],
    ...["Google App", "Opera Mobile", "UC Browser", "Yandex Browser", "Amazon Silk", "Android Browser"],
  ],
  os: ["Windows", "macOS", "Linux", "ChromeOS", "Android", "iOS", "HarmonyOS", "Tizen", "webOS"],
  device: ["desktop", "mobile", "tablet", "tv", "console", "wearable"],
} as const;
const SHIFTS = { browser: 0, os: 5, device: 10 } as const;
const FIELDS = ["browser", "os", "device"] as const;

describe("the names of browser, system and device", () => {
  test.each(FIELDS)("%s: each has the code that it always had, and no text in the row", async (field) => {
    const events = NAMES[field].map((name) => {
      return newEvent({ browser: "Chrome", os: "Windows", device: "desktop", url: null, path: null, [field]: name });
    });
    const { read, rows } = await storeAndRead(events);
    expect(read.map((event) => event[field])).toEqual([...NAMES[field]]);
    expect(rows.map((row) => row.shorthand)).toEqual(NAMES[field].map((_, code) => code << SHIFTS[field]));
    expect(rows.map((row) => row[`${field}_text`])).toEqual(NAMES[field].map(() => null));
  });

  test("are read as they were given, whatever they are", async () => {
    const texts = [null, "", "0", "1", "31", "7", "chrome", "DESKTOP", "Chrome ", "Netscape", ...HOSTILE];
    const all = [...texts, ...NAMES.browser, ...NAMES.os, ...NAMES.device];
    const events = [
      ...all.flatMap((text) => FIELDS.map((field) => newEvent({ [field]: text }))),
      ...all.map((text) => newEvent({ browser: text, os: text, device: text })),
    ];
    const { read } = await storeAndRead(events);
    expect(read.map(asSent)).toEqual(events);
  });

  test("that are unknown and none cost neither their neighbours' names nor paths", async () => {
    const known = { browser: "Safari", os: "iOS", device: "mobile", url: "https://example.com/a?b", path: "/a" };
    const odd = { browser: "Netscape", os: null, device: "Phone", path: "/b" };
    const events = Array.from({ length: 16 }, (_, bits) =>
      newEvent({ ...known, ...Object.fromEntries(Object.entries(odd).filter((__, n) => (bits >> n) & 1)) }),
    );
    expect((await storeAndRead(events)).read.map(asSent)).toEqual(events);
  });
});

describe("the time at which an event was stored", () => {
  test("is that of the id where both are the same, and takes no place then", async () => {
    const { read, rows } = await storeAndRead([newEvent()]);
    expect(rows[0]).toMatchObject({ received_offset: 0, received_at: NOON });
    expect(timeOfId(read[0]?.id ?? 0)).toBe(NOON);
  });

  test("is read as it was given where ids run ahead of it, and where it was given with the event", async () => {
    const times = [0, 1, -1, NOON - 1, NOON + 1, 4_102_444_800_000, Number.MAX_SAFE_INTEGER / 2, -62_135_596_800_000];
    const returning = times.map((receivedAt) => ({ ...newEvent(), receivedAt: Math.floor(receivedAt) }));
    const { read } = await storeAndRead([...Array.from({ length: 1_000 }, () => newEvent()), ...returning]);
    expect(read.map((event) => event.receivedAt)).toEqual([
      ...Array.from({ length: 1_000 }, () => NOON),
      ...returning.map(({ receivedAt }) => receivedAt),
    ]);
    expect(timeOfId(read[999]?.id ?? 0)).toBeGreaterThan(NOON);
  });
});

test("an insert names the rare columns of its batch and no other: each of them alone is stored", async () => {
  const some = { name: "n", botName: "b", botCompany: "c", aiSource: "a", region: "r", city: "c", clickId: "c" };
  const more = { customerKey: "k", valueMicros: 1, currency: "EUR", isTest: true, occurredSub: 1, dedupeKey: "e:1" };
  await using database = await createFileDatabase();
  const store = await database.open();
  const events = Object.entries({ ...some, ...more, path: "/p", device: "d", browser: "b", os: "o" }).map(
    ([name, value]) => newEvent({ browser: "Chrome", os: "Windows", device: "desktop", [name]: value }),
  );
  for (const event of events) await appendAll(store, [event]);
  expect((await readAll(store)).map(asSent)).toEqual(events);
});

const BEFORE = MIGRATIONS.slice(
  0,
  MIGRATIONS.findIndex(({ tag }) => tag.endsWith("_shorthand")),
);

describe.each([
  ["a file", createFileDatabase],
  ["a libSQL server", createServerDatabase],
])("a database of before, %s", (_, createDatabase: () => Promise<TestDatabase>) => {
  test("says the same afterwards: read, found, marked, restored, with what comes in later beside it", async () => {
    await using database = await createDatabase();
    await (await database.open({ migrations: BEFORE })).close();
    const events = [
      newEvent({ url: "https://example.com/a", path: "/a", device: "desktop", browser: "Chrome", os: "Windows" }),
      newEvent({ url: "https://example.com/a", path: null }),
      newEvent({ url: "https://example.com/a", path: "" }),
      newEvent({ url: null, path: "/b", device: "1", browser: "", os: "0" }),
      newEvent({ clickId: "c", type: "click", dedupeKey: "e:1", name: "n", data: '{"properties":{"a":1.10}}' }),
      newEvent(),
    ];
    await insertSpelledOut(database.sql, events, 12_345);
    const store = await database.open();
    const read = await readAll(store);
    expect(read.map(asSent)).toEqual(events);
    expect(read.map(({ id, receivedAt }) => [id, receivedAt])).toEqual(events.map((__, n) => [n + 1, 12_345]));

    const [later] = await appendAll(store, [newEvent({ url: "https://example.com/a", path: "/a" })]);
    const found = await store.reader.listEvents({
      filter: { siteId: 1, pathPrefix: "/a" },
      order: "asc",
      limit: 9,
      count: false,
    });
    expect(found.events.map(({ id }) => id)).toEqual([1, later as number]);

    await database.sql.execute("UPDATE events SET deleted_at = 1, deletion_id = 1 WHERE id < 4");
    expect((await readAll(store)).map(({ id }) => id)).toEqual([4, 5, 6, later as number]);
    await database.sql.execute("UPDATE events SET deleted_at = NULL, deletion_id = NULL");
    expect((await readAll(store)).slice(0, 6)).toEqual([...read]);
    const counted = await store.reader.listEvents({ filter: { siteId: 1 }, order: "asc", limit: 1, count: true });
    expect(counted.total).toBe(7);
    expect((await store.writer.append([newEvent({ dedupeKey: "e:1" })]))[0]).toEqual({
      outcome: "duplicate",
      id: 5,
      receivedAt: 12_345,
    });
  });

  test("has the very columns that this release computes with", async () => {
    await using database = await createDatabase();
    await database.open();
    const { rows } = await database.sql.execute("SELECT sql FROM sqlite_schema WHERE name = 'events'");
    for (const [column, expression] of Object.entries(VIRTUAL)) {
      expect(String(rows[0]?.sql)).toContain(
        `\`${column}\` ${column === "received_at" ? "integer" : "text"} GENERATED ALWAYS AS (${expression}) VIRTUAL`,
      );
    }
  });
});

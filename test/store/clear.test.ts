import { expect, test } from "bun:test";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/lib/log.ts";
import {
  appendAll,
  createFileDatabase,
  createFolder,
  markDeleted,
  NOON,
  newEvent,
  rejection,
} from "../support/store.ts";

test("clear removes all events, deleted ones too, and their counters; sites, keys and facts stay", async () => {
  await using database = await createFileDatabase();
  const store = await database.open();
  const site = { name: "A", domain: null, description: null, trackingCode: "pm-a-1", siteKey: "ak_a", scope: "a" };
  const settings = { publicRead: false, allowedOrigins: null, honorGpc: true, honorDnt: false, retentionDays: null };
  await store.sites.addSite({ ...site, ...settings, attributionWindowDays: 60, eventsPerMinute: null, createdAt: 1 });
  await store.kv.set("fact", "stays");
  const ids = await appendAll(store, [newEvent(), newEvent({ type: "click" }), newEvent({ dedupeKey: "e:once" })]);
  await markDeleted(database.sql, ids[0] ?? 0);

  expect(await store.clear()).toBe(3);
  const list = { filter: { siteId: 1 }, order: "desc", limit: 10, count: true } as const;
  expect(await store.reader.listEvents(list)).toEqual({ events: [], next: null, total: 0 });
  for (const table of ["event_totals", "event_day_counts"]) {
    expect((await database.sql.execute(`SELECT * FROM ${table}`)).rows).toEqual([]);
  }
  expect(await store.sites.listSites()).toHaveLength(1);
  expect(await store.kv.get("fact")).toBe("stays");
  expect(await appendAll(store, [newEvent({ dedupeKey: "e:once" })])).toHaveLength(1);
  expect((await store.reader.listEvents(list)).total).toBe(1);
});

test("clear removes what deletions there are, also one that is under way: nothing of it hides what comes later", async () => {
  await using database = await createFileDatabase();
  const store = await database.open();
  const [first = 0] = await appendAll(store, [newEvent(), newEvent({ type: "click", clickId: "c" })]);
  const request = { siteId: 1, reason: null, by: "tester", nowMs: NOON, purgeAt: NOON + 1 };
  await store.deletions.mark({ ...request, kind: "events", filter: null }, [first], 10);
  const all = { lastEventId: Number.MAX_SAFE_INTEGER, expected: 1, erases: false };
  await store.deletions.accept({ ...request, ...all, kind: "filter", filter: {} }, 10);

  expect(await store.clear()).toBe(2);
  expect(await store.deletions.backlog(NOON + 1)).toEqual({ events: 0, due: 0, underWay: 0 });
  for (const table of ["deletions", "pending_deletions", "audit", "attributed_day_counts"]) {
    expect((await database.sql.execute(`SELECT * FROM ${table}`)).rows).toEqual([]);
  }
  await appendAll(store, [newEvent()]);
  expect(await store.deletionWork.next()).toBeNull();
  expect((await store.reader.listEvents({ filter: { siteId: 1 }, order: "desc", limit: 10, count: true })).total).toBe(
    1,
  );
});

test("a server whose database is not a temporary one refuses to be cleared", async () => {
  await using folder = await createFolder();
  const env = { FOOTFALL_DATABASE_URL: `file:${folder.path}/footfall.db`, FOOTFALL_PORT: "0" };
  await using app = await createApp(parseConfig(env), { log: createLogger("silent") });
  expect((await rejection(app.clear())).message).toBe("Only a temporary database can be cleared");
});

import { expect, test } from "bun:test";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/lib/log.ts";
import { appendAll, createFileDatabase, createFolder, markDeleted, newEvent, rejection } from "../support/store.ts";

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

test("a server whose database is not a temporary one refuses to be cleared", async () => {
  await using folder = await createFolder();
  const env = { FOOTFALL_DATABASE_URL: `file:${folder.path}/footfall.db`, FOOTFALL_PORT: "0" };
  await using app = await createApp(parseConfig(env), { log: createLogger("silent") });
  expect((await rejection(app.clear())).message).toBe("Only a temporary database can be cleared");
});

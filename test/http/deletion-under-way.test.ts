import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { CHUNK_EVENTS } from "../../src/domain/deletion.ts";
import {
  deleteEvents,
  deleteNow,
  deletionIs,
  expectReadable,
  fillSite,
  getDeletion,
  restoreDeletion,
  restoreEvent,
  totalOf,
} from "../contract/collection/deletion-fixture.ts";
import { createEvents, createSite, expectStatus, listEvents, pageView, walk } from "../contract/collection/fixture.ts";
import { eventually } from "../support/clock.ts";
import { readEventStream } from "../support/event-stream.ts";
import { startApp, type TestApp } from "../support/server.ts";
import { createFolder } from "../support/store.ts";

/** Holds deletions after each chunk until it is opened. */
function createGate() {
  let opened = Promise.withResolvers<void>();
  let chunks = 0;
  return {
    pause: async () => {
      chunks += 1;
      await opened.promise;
    },
    chunks: () => chunks,
    open: () => opened.resolve(),
    close: () => {
      opened = Promise.withResolvers();
    },
  };
}

const cleanup = new Set<AsyncDisposable>();
afterEach(async () => {
  for (const each of cleanup) await each[Symbol.asyncDispose]();
  cleanup.clear();
});

async function startHeld(options: Parameters<typeof startApp>[0] = {}, overrides: { readonly atOnce?: number } = {}) {
  const gate = createGate();
  const app = await startApp({ ...options, overrides: { ...overrides, pause: gate.pause } });
  cleanup.add({
    async [Symbol.asyncDispose]() {
      gate.open();
      await app.stop();
    },
  });
  return { app, gate };
}

const MIDNIGHT = Date.UTC(2026, 2, 1);
const EVENTS = 12_000;

/** Every fourth is a click, every third a visitor's; times spread over three days. */
const fieldsOf = (n: number) => ({
  eventType: n % 4 === 0 ? "click" : "pageview",
  visitorId: `v${n % 3}`,
  timestamp: MIDNIGHT + n * 20_000,
});

/** Starts a deletion of more than 10,000 events and waits until its first chunk has been marked. */
async function deleteHeld(app: TestApp, gate: ReturnType<typeof createGate>, query: Record<string, string>) {
  const site = await createSite(app);
  const ids = await fillSite(app, site, EVENTS, fieldsOf);
  const response = await deleteEvents(app, site, query);
  const accepted = (await expectStatus(response, 202)) as { deletionId: string; deleted: number };
  await eventually("a chunk is marked", 10_000, () => gate.chunks() > 0);
  return { site, ids, response, accepted };
}

describe("a deletion that is under way", () => {
  test("hides its events from the affiliate and the site-events API, in lists, totals and reports", async () => {
    const { app, gate } = await startHeld({}, { atOnce: 1 });
    const site = await createSite(app);
    const { programId, siteId, trackingCode } = site;
    const leads = Array.from({ length: CHUNK_EVENTS + 50 }, (_, n) => ({
      customer_key: `hidden-${n}`,
      program_id: programId,
    }));
    await Promise.all(leads.map((json) => app.request("/api/v1/track/lead", { json, key: null })));
    await fillSite(app, site, CHUNK_EVENTS + 50, (n) => ({ eventType: "conversion", name: `sale ${n}` }));
    const seen = async () => {
      const read = async (path: string) =>
        (await expectStatus(await app.request(path), 200)) as Record<string, unknown>;
      const listed = await read(`/api/tracking/events/${programId}?pageSize=100`);
      const { events } = (await read(`/api/v1/sites/${siteId}/events?limit=1000`)) as { events: unknown[] };
      return {
        leads: (listed as { meta: { pagination: { total: number } } }).meta.pagination.total,
        listed: (listed as { data: unknown[] }).data.length,
        status: await read(`/api/tracking/status/${programId}`),
        performance: await read(`/api/tracking/performance/${programId}`),
        conversions: events.length,
        stats: await read(`/api/v1/sites/${siteId}/stats`),
      };
    };
    const before = await seen();
    expect(before).toMatchObject({ leads: leads.length, listed: 100, conversions: CHUNK_EVENTS + 50 });
    const other = await createSite(app);
    const nothing = {
      listed: 0,
      leads: 0,
      conversions: 0,
      status: await app.request(`/api/tracking/status/${other.programId}`).then((answer) => answer.json()),
    };

    const deleting = app.request(`/api/v1/events?trackingCode=${trackingCode}&all=true`, { method: "DELETE" });
    await eventually("a chunk is marked", 10_000, () => gate.chunks() > 0);
    const during = await seen();
    gate.open();
    expect(await expectStatus(await deleting, 200)).toMatchObject({ deleted: 2 * leads.length });
    expect(await seen()).toEqual(during);
    expect(during).toMatchObject({ listed: 0, leads: 0, conversions: 0 });
    expect(during.status).toEqual({ data: { ...(nothing.status as { data: object }).data, programId } });
    expect(JSON.stringify(during.performance)).not.toContain(String(leads.length));
    expect(JSON.stringify(during.stats)).not.toContain(String(CHUNK_EVENTS + 50));
  });

  test("hides its events from the profile-store API, in lists, totals and queries", async () => {
    const { app, gate } = await startHeld({}, { atOnce: 1 });
    const site = await createSite(app);
    const ids = await fillSite(app, site, CHUNK_EVENTS + 50, fieldsOf);
    const late = await fillSite(app, site, 1, () => ({ visitorId: "stays", eventType: "click" }));
    const query = async (Query: string) => {
      const json = { Query, Scope: site.scope };
      return (await expectStatus(await app.request("/api/v2.0/TrackEvents/preview", { json }), 200)) as object;
    };
    const list = async (options: string) =>
      (await expectStatus(await app.request(`/api/v2.0/TrackEvents?${options}`), 200)) as { items: object[] };
    const seen = async () => ({
      counted: await query("Events | count"),
      types: await query("Events | summarize n = count() by EventType | order by EventType"),
      layers: await query(
        "let few = 5; Events | distinct DeviceId | top few by DeviceId | extend a = strlen(DeviceId)",
      ),
      clicks: await query("Events | where EventType == 'click' | project DeviceId"),
      listed: await list(`$filter=Scope eq '${site.scope}'&$select=DeviceId`),
      all: await list("$select=DeviceId&$orderby=DeviceId"),
      windows: await list("$top=1&$skip=1&$select=DeviceId"),
      days: await list("$filter=EventTime eq 2026-03-01&$count=false"),
    });
    const before = await seen();
    expect(before.counted).toEqual({ items: [{ Count: CHUNK_EVENTS + 51 }], count: 1 });
    expect(before.all).toMatchObject({ total: CHUNK_EVENTS + 51 });
    expect(before.days).toMatchObject({ count: 100 });

    const path = `/api/v1/events?trackingCode=${site.trackingCode}&to=2026-03-04`;
    const deleting = app.request(path, { method: "DELETE" });
    await eventually("a chunk is marked", 10_000, () => gate.chunks() > 0);
    const during = await seen();
    const last = Number.parseInt(ids.at(-1) ?? "", 36);
    const remove = () => app.request(`/api/v2.0/TrackEvents/${site.scope}/${last}`, { method: "DELETE" });
    expect((await remove()).status).toBe(404);
    gate.open();
    await expectStatus(await deleting, 200);
    expect(await seen()).toEqual(during);
    const stays = [{ DeviceId: "stays" }];
    expect(during).toEqual({
      counted: { items: [{ Count: 1 }], count: 1 },
      types: { items: [{ EventType: "click", n: 1 }], count: 1 },
      layers: { items: [{ DeviceId: "stays", a: 5 }], count: 1 },
      clicks: { items: stays, count: 1 },
      listed: { items: stays, total: 1, count: 1 },
      all: { items: stays, total: 1, count: 1 },
      windows: { items: [], total: 1, count: 0 },
      days: { items: [], total: null, count: 0 },
    } as never);
    expect(late).toHaveLength(1);
  });
});

describe("a deletion of more than 10,000 events", () => {
  test("is answered 202, and from then on nobody can read them, however it is asked, while they are still being marked", async () => {
    const { app, gate } = await startHeld();
    const { site, ids, response, accepted } = await deleteHeld(app, gate, {
      from: "2026-03-01",
      to: String(MIDNIGHT + 11_499 * 20_000),
    });
    expect(response.headers.get("location")).toBe(`/api/v1/deletions/${accepted.deletionId}`);
    expect(accepted).toMatchObject({ status: "deleting", deleted: 11_500, progress: { total: 11_500 } });
    const rest = ids.slice(11_500);

    const underWay = await getDeletion(app, accepted.deletionId);
    expect(underWay).toMatchObject({
      status: "deleting",
      events: CHUNK_EVENTS,
      progress: { done: CHUNK_EVENTS, total: 11_500 },
    });
    for (const n of [0, 1, CHUNK_EVENTS - 1, CHUNK_EVENTS, 5_000, 11_499])
      await expectReadable(app, ids[n] as string, false);
    await expectReadable(app, rest[0] as string, true);
    const clicks = rest.filter((_, n) => (11_500 + n) % 4 === 0).length;
    const visits = rest.filter((_, n) => (11_500 + n) % 3 === 1).length;
    expect(await totalOf(app, site)).toBe(500);
    expect(await totalOf(app, site, { eventType: "click" })).toBe(clicks);
    expect(await totalOf(app, site, { visitorId: "v1" })).toBe(visits);
    expect(await totalOf(app, site, { from: "2026-03-01", to: "2026-03-02" })).toBe(0);
    expect(await totalOf(app, site, { from: String(MIDNIGHT + 11_400 * 20_000) })).toBe(500);
    for (const order of ["asc", "desc", "received"]) {
      const found: string[] = [];
      for await (const { events } of walk(app, site, { order, limit: 300 })) {
        if (events.length === 0) break;
        found.push(...events.map(({ id }) => id));
      }
      expect(found).toEqual(order === "desc" ? rest.toReversed() : [...rest]);
    }
    expect(await deleteNow(app, site, { all: true, dryRun: true })).toMatchObject({ deleted: 500 });
    const exported = await app.request(`/api/v1/visitors/v0/export?trackingCode=${site.trackingCode}`);
    expect((await exported.text()).trim().split("\n")).toHaveLength(
      rest.filter((_, n) => (11_500 + n) % 3 === 0).length,
    );

    gate.open();
    const done = await deletionIs(app, accepted.deletionId, "deleted");
    expect(done).toMatchObject({ events: 11_500, progress: null });
    expect(await totalOf(app, site)).toBe(500);
  }, 60_000);

  test("is in no export and no event stream, marked or still to be marked; both go on behind one of its events", async () => {
    const { app, gate } = await startHeld();
    const site = await createSite(app);
    const ids = await fillSite(app, site, EVENTS, fieldsOf);
    const keyOf = (n: number) => `x:${site.trackingCode}.${ids[n]}`;
    const path = (name: string, query: Record<string, string>) =>
      `/api/v1/events/${name}?${new URLSearchParams({ trackingCode: site.trackingCode, ...query })}`;
    const exported = async (query: Record<string, string>) =>
      (await (await app.request(path("export", query))).text()).split("\n").slice(0, -1);
    const first = await listEvents(app, site, { order: "received", limit: 1 });
    const deletion = await deleteEvents(app, site, { to: String(MIDNIGHT + 11_499 * 20_000) });
    const { deletionId } = (await expectStatus(deletion, 202)) as { deletionId: string };
    await eventually("a chunk is marked", 10_000, () => gate.chunks() > 0);

    const seen = async () => {
      const leaving = new AbortController();
      const follow = path("stream", { cursor: String(first.pagination.nextCursor) });
      const stream = readEventStream(await app.request(follow, { signal: leaving.signal }), () => leaving.abort());
      await using _ = stream;
      const followed: string[] = [];
      while (followed.length < 500) followed.push(JSON.parse((await stream.next())?.data ?? "null").id);
      const lines = await exported({});
      for (const order of ["asc", "received"]) {
        expect(await exported({ order })).toEqual(lines);
        // One that is marked, one that is still to be marked, and the last one of them.
        for (const n of [5, CHUNK_EVENTS + 5, 11_499])
          expect(await exported({ order, cursor: keyOf(n) })).toEqual(lines);
        expect(await exported({ order, cursor: keyOf(11_600) })).toEqual(lines.slice(101));
      }
      return { followed, lines };
    };
    const during = await seen();
    expect(during.followed).toEqual(ids.slice(11_500));
    expect(during.lines.map((line) => JSON.parse(line).dedupeKey)).toEqual(
      ids.slice(11_500).map((_, n) => keyOf(11_500 + n)),
    );
    gate.open();
    await deletionIs(app, deletionId, "deleted");
    expect(await seen()).toEqual(during);
    await expectStatus(await restoreDeletion(app, deletionId), 202);
    await deletionIs(app, deletionId, "restored");
    expect(await exported({})).toHaveLength(EVENTS);
  }, 60_000);

  test("is none of what comes in meanwhile, and other websites are as they were", async () => {
    const { app, gate } = await startHeld();
    const other = await createSite(app);
    await fillSite(app, other, 10, fieldsOf);
    const { site, accepted } = await deleteHeld(app, gate, { all: "true" });
    const { events } = await createEvents(app, [pageView(site, { timestamp: MIDNIGHT + 5 }), pageView(site)]);
    expect(await totalOf(app, site)).toBe(2);
    expect(await totalOf(app, other)).toBe(10);
    gate.open();
    await deletionIs(app, accepted.deletionId, "deleted");
    const left = await listEvents(app, site);
    expect(left.events.map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  }, 60_000);

  test("is carried on by the next server after a stop half way, and hidden from its first answer on", async () => {
    await using folder = await createFolder();
    const database = join(folder.path, "footfall.db");
    const first = await startHeld({ database });
    const { site, ids, accepted } = await deleteHeld(first.app, first.gate, { all: "true" });
    const stopped = first.app.stop();
    first.gate.open();
    await stopped;
    cleanup.clear();

    const second = await startHeld({ database });
    expect(await totalOf(second.app, site)).toBe(0);
    await expectReadable(second.app, ids.at(-1) as string, false);
    const half = await getDeletion(second.app, accepted.deletionId);
    expect(half.status).toBe("deleting");
    expect(half.events).toBeLessThan(EVENTS);
    second.gate.open();
    expect(await deletionIs(second.app, accepted.deletionId, "deleted")).toMatchObject({ events: EVENTS });
    expect(await totalOf(second.app, site)).toBe(0);
  }, 60_000);

  test("can be restored while it is under way; other restorations of the website wait for its end", async () => {
    const { app, gate } = await startHeld();
    const site = await createSite(app);
    const ids = await fillSite(app, site, EVENTS, fieldsOf);
    const small = await deleteNow(app, site, { to: String(MIDNIGHT + 20_000) });
    const { deletionId } = (await expectStatus(await deleteEvents(app, site, { all: true }), 202)) as {
      deletionId: string;
    };
    await eventually("a chunk is marked", 10_000, () => gate.chunks() > 0);
    for (const refused of [
      await restoreDeletion(app, small.deletionId as string),
      await restoreEvent(app, ids[0] as string),
    ]) {
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(await expectStatus(refused, 503)).toMatchObject({ error: "OVERLOADED" });
    }
    const restoring = restoreDeletion(app, deletionId);
    await deletionIs(app, deletionId, "restoring");
    gate.open();
    expect(await expectStatus(await restoring, 200)).toMatchObject({ status: "restored" });
    expect(await totalOf(app, site)).toBe(EVENTS - 2);
    // On record with what nobody could see meanwhile, marked or not.
    const audit = await app.request(`/api/v1/audit?trackingCode=${site.trackingCode}&limit=2`);
    expect(await expectStatus(audit, 200)).toMatchObject({
      entries: [
        { action: "events.restore", deletionId, events: EVENTS - 2 },
        { action: "events.delete", deletionId, events: EVENTS - 2 },
      ],
    });
    expect(await expectStatus(await restoreDeletion(app, small.deletionId as string), 200)).toMatchObject({
      restored: 2,
    });
    expect(await totalOf(app, site)).toBe(EVENTS);
  }, 60_000);

  test("reserves its place: with another one it cannot pass the cap, before a single event is marked", async () => {
    const { app, gate } = await startHeld({ config: { maxPendingDeletions: 15_000 } });
    const { site, accepted } = await deleteHeld(app, gate, { to: String(MIDNIGHT + 10_999 * 20_000) });
    const other = await createSite(app);
    await fillSite(app, other, 5_000, fieldsOf);
    const refused = await deleteEvents(app, other, { all: true });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await expectStatus(refused, 429)).toMatchObject({ error: "TOO_MANY_PENDING_DELETIONS" });
    expect(await totalOf(app, other)).toBe(5_000);
    expect(await deleteNow(app, site, { visitorId: "v1" })).toMatchObject({ deleted: 333 });
    gate.open();
    await deletionIs(app, accepted.deletionId, "deleted");
    expect(await deleteNow(app, other, { to: String(MIDNIGHT + 899 * 20_000) })).toMatchObject({ deleted: 900 });
  }, 60_000);
});

describe("the erasure of a visitor with more than 10,000 events", () => {
  test("is answered 202, hides them at once, takes deleted ones along, and leaves no row", async () => {
    const { app, gate } = await startHeld();
    const site = await createSite(app);
    const ids = await fillSite(app, site, EVENTS, (n) => ({
      ...fieldsOf(n),
      visitorId: n < 11_000 ? "gone" : "stays",
    }));
    const marked = await deleteNow(app, site, { to: String(MIDNIGHT + 99 * 20_000) });
    expect(marked.deleted).toBe(100);
    const path = `/api/v1/visitors/gone?trackingCode=${site.trackingCode}`;
    expect(await expectStatus(await app.request(`${path}&dryRun=true`, { method: "DELETE" }), 200)).toMatchObject({
      deleted: 11_000,
      dryRun: true,
    });
    const accepted = (await expectStatus(await app.request(path, { method: "DELETE" }), 202)) as { deletionId: string };
    expect(accepted).toMatchObject({ status: "erasing", deleted: 11_000 });
    expect(await totalOf(app, site)).toBe(1_000);
    await expectReadable(app, ids[5_000] as string, false);
    gate.open();
    expect(await deletionIs(app, accepted.deletionId, "purged")).toMatchObject({ purged: 11_000, filter: null });
    expect(await totalOf(app, site)).toBe(1_000);
    expect(await getDeletion(app, marked.deletionId as string)).toMatchObject({ events: 100, purged: 100 });
    expect(await expectStatus(await restoreEvent(app, ids[0] as string), 404)).toMatchObject({ error: "NOT_FOUND" });
  }, 60_000);
});

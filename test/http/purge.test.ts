import { afterEach, describe, expect, test } from "bun:test";
import type { AppOverrides } from "../../src/app.ts";
import type { Config } from "../../src/config/config.ts";
import {
  deleteEvent,
  deleteEvents,
  deleteNow,
  fillSite,
  getDeletion,
  restoreDeletion,
  restoreEvent,
  totalOf,
} from "../contract/collection/deletion-fixture.ts";
import {
  createEvent,
  createSite,
  expectError,
  expectStatus,
  pageView,
  post,
  type Website,
} from "../contract/collection/fixture.ts";
import { createTestClock, TEN_YEARS_MS } from "../support/clock.ts";
import { scrape } from "../support/scrape.ts";
import { startApp, type TestApp } from "../support/server.ts";
import { openSql } from "../support/store.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Noon; the purges are at 03:00, so that of a deletion now is in 39 hours. */
const START = Date.UTC(2026, 5, 15, 12);
const PURGE_AT = Date.UTC(2026, 5, 17, 3);

const apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(said: { config?: Partial<Config>; overrides?: AppOverrides } = {}) {
  const clock = createTestClock(START);
  const app = await startApp({
    ...(said.config ? { config: said.config } : {}),
    overrides: { clock, pause: async () => {}, ...said.overrides },
  });
  apps.push(app);
  return { app, clock };
}

/** What the app's database says, for what no route shows. */
async function sql(app: TestApp, statement: string) {
  using client = openSql(app.database);
  return (await client.execute(statement)).rows;
}

async function keepFor(app: TestApp, site: Website, retentionDays: number): Promise<void> {
  const body = JSON.stringify({ retentionDays });
  await expectStatus(await app.request(`/api/v1/websites/${site.id}`, { method: "PATCH", body }), 200);
}

/** What `/metrics` tells of deleted events. */
async function figuresOf(app: TestApp) {
  const { sum } = await scrape(app);
  return {
    waiting: sum("footfall_pending_deletion_events"),
    due: sum("footfall_purge_due_events"),
    purged: sum("footfall_purged_events_total"),
    lastRun: sum("footfall_purge_last_run_timestamp_seconds") * 1_000,
  };
}

describe("a purge", () => {
  test("is told in the metrics: what waits for it, what is due, what it has removed, and when it last ran", async () => {
    const { app, clock } = await start({ config: { maxPendingDeletions: 5_000 } });
    expect((await scrape(app)).sum("footfall_pending_deletion_events_max")).toBe(5_000);
    const site = await createSite(app);
    await fillSite(app, site, 3);
    await deleteNow(app, site, { all: true });
    expect(await figuresOf(app)).toEqual({ waiting: 3, due: 0, purged: 0, lastRun: START });
    clock.set(PURGE_AT);
    await app.runJob("purge");
    expect(await figuresOf(app)).toEqual({ waiting: 0, due: 0, purged: 3, lastRun: PURGE_AT });
  });

  test("that is stopped in the middle is told by what is still due", async () => {
    const halfWay = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let isWaiting = false;
    const { app, clock } = await start({
      overrides: {
        pause: async () => {
          if (!isWaiting) return;
          isWaiting = false;
          halfWay.resolve();
          await goOn.promise;
        },
      },
    });
    const site = await createSite(app);
    await fillSite(app, site, 1_500);
    await deleteNow(app, site, { all: true });
    clock.set(PURGE_AT);
    isWaiting = true;
    const purge = app.runJob("purge");
    await halfWay.promise;
    const { waiting, due, purged } = await figuresOf(app);
    goOn.resolve();
    expect(purged).toBeGreaterThan(0);
    expect(purged).toBeLessThan(1_500);
    expect([waiting, due]).toEqual([1_500 - purged, 1_500 - purged]);
    await purge;
    expect(await figuresOf(app)).toMatchObject({ waiting: 0, due: 0, purged: 1_500 });
  });

  test("removes a deletion's events at its time and not before; then it cannot be undone, and is on record", async () => {
    const { app, clock } = await start();
    const site = await createSite(app);
    const body = pageView(site, { eventId: "once" });
    const { id } = await createEvent(app, body);
    await createEvent(app, pageView(site));
    const { deletionId } = (await expectStatus(await deleteEvent(app, id), 200)) as { deletionId: string };
    expect(await getDeletion(app, deletionId)).toMatchObject({ purgeAt: new Date(PURGE_AT).toISOString() });

    clock.set(PURGE_AT - 1);
    await app.runJob("purge");
    expect(await expectStatus(await restoreEvent(app, id), 200)).toMatchObject({ id });
    const again = (await expectStatus(await deleteEvent(app, id), 200)) as { deletionId: string; purgeAt: string };
    clock.set(Date.parse(again.purgeAt));
    await app.runJob("purge");

    expect(await getDeletion(app, again.deletionId)).toMatchObject({
      status: "purged",
      purged: 1,
      endedAt: again.purgeAt,
    });
    await expectError(await restoreEvent(app, id), 404, "NOT_FOUND", "Event not found");
    await expectError(
      await restoreDeletion(app, again.deletionId),
      409,
      "CONFLICT",
      "The deletion has been purged: its events are gone for good",
    );
    expect(await sql(app, `SELECT 1 FROM events WHERE id = ${Number.parseInt(id, 36)}`)).toEqual([]);
    const fresh = (await expectStatus(await post(app, body), 201)) as { id: string };
    expect(fresh.id).not.toBe(id);
    expect(await totalOf(app, site)).toBe(2);
    const audit = await app.request(`/api/v1/audit?trackingCode=${site.trackingCode}&action=events.purge`);
    expect(await expectStatus(audit, 200)).toMatchObject({
      entries: [{ by: "server", events: 1, deletionId: again.deletionId }],
    });
  });

  test("makes room: 200 up to the cap, then 429 until the first purge that frees enough, then 200", async () => {
    const { app, clock } = await start({ config: { maxPendingDeletions: 1_500 } });
    const site = await createSite(app);
    const ids = await fillSite(app, site, 4_000, (n) => ({ visitorId: `v${n % 4}`, timestamp: START - n * 1_000 }));
    const remove = (from: number, to: number) => {
      const json = { trackingCode: site.trackingCode, ids: ids.slice(from, to) };
      return app.request("/api/v1/events/delete", { json });
    };
    expect(await expectStatus(await remove(0, 900), 200)).toMatchObject({ deleted: 900 });
    clock.advance(DAY);
    expect(await expectStatus(await remove(900, 1_499), 200)).toMatchObject({ deleted: 599 });
    await expectStatus(await deleteEvent(app, ids[1_499] as string), 200);
    expect(await totalOf(app, site)).toBe(2_500);

    const retryAfter = async (response: Response, status = 429) => {
      await response.text();
      expect(response.status).toBe(status);
      const seconds = response.headers.get("retry-after");
      return seconds === null ? null : Number(seconds);
    };
    const toFirst = (PURGE_AT - clock.now()) / 1_000;
    const toSecond = (PURGE_AT + DAY - clock.now()) / 1_000;
    expect(await retryAfter(await deleteEvent(app, ids[1_500] as string))).toBe(toFirst);
    expect(await retryAfter(await remove(1_500, 2_400))).toBe(toFirst);
    expect(await retryAfter(await remove(1_500, 2_401))).toBe(toSecond);
    expect(await retryAfter(await deleteEvents(app, site, { visitorId: "v0" }))).toBe(toFirst);
    // Never: more than may ever wait.
    expect(await retryAfter(await deleteEvents(app, site, { all: true }), 413)).toBeNull();
    expect(await totalOf(app, site)).toBe(2_500);
    await expectError(
      await deleteEvents(app, site, { visitorId: "v1" }),
      429,
      "TOO_MANY_PENDING_DELETIONS",
      "Too many deleted events wait for their removal",
    );
    // An erasure does not wait, so it needs no room.
    const erased = await app.request(`/api/v1/visitors/v3?trackingCode=${site.trackingCode}`, { method: "DELETE" });
    expect(await expectStatus(erased, 200)).toMatchObject({ deleted: 1_000 });
    expect(await totalOf(app, site)).toBe(1_875);

    clock.set(PURGE_AT);
    await app.runJob("purge");
    expect(await expectStatus(await deleteEvents(app, site, { visitorId: "v0" }), 200)).toMatchObject({ deleted: 625 });
    expect(await totalOf(app, site)).toBe(1_250);
  }, 30_000);

  test("refuses everything where nothing may wait, and erasures still work", async () => {
    const { app } = await start({ config: { maxPendingDeletions: 0 } });
    const site = await createSite(app);
    const ids = await fillSite(app, site, 2);
    await expectStatus(await deleteEvent(app, ids[0] as string), 413);
    await expectStatus(await deleteEvents(app, site, { all: true }), 413);
    expect(await totalOf(app, site)).toBe(2);
    const path = `/api/v1/visitors/vis-1?trackingCode=${site.trackingCode}`;
    expect(await expectStatus(await app.request(path, { method: "DELETE" }), 200)).toMatchObject({ deleted: 2 });
  });

  test.each([
    ["an hour", HOUR],
    ["ten years", TEN_YEARS_MS],
  ])("is not early when the clock jumps ahead by %s", async (_, step) => {
    let steady = 0;
    const { app, clock } = await start({ overrides: { steadyTime: () => steady } });
    const pass = (ms: number) => {
      clock.advance(ms);
      steady += ms;
    };
    const site = await createSite(app);
    const [before, after] = await fillSite(app, site, 2);
    await expectStatus(await deleteEvent(app, before as string), 200);
    const wait = PURGE_AT - START;
    clock.advance(step);
    await app.runJob("purge");
    // What is deleted after the step waits by the clock as it is now.
    const later = (await expectStatus(await deleteEvent(app, after as string), 200)) as { purgeAt: string };
    pass(wait - 1);
    await app.runJob("purge");
    expect(await expectStatus(await restoreEvent(app, before as string), 200)).toMatchObject({ id: before });
    await expectStatus(await deleteEvent(app, before as string), 200);
    pass(Math.max(0, Date.parse(later.purgeAt) - clock.now()));
    await app.runJob("purge");
    await expectStatus(await restoreEvent(app, after as string), 404);
  });

  test("is late, never early, when the clock is turned back", async () => {
    let steady = 0;
    const { app, clock } = await start({ overrides: { steadyTime: () => steady } });
    const site = await createSite(app);
    const [id] = await fillSite(app, site, 1);
    await expectStatus(await deleteEvent(app, id as string), 200);
    clock.advance(-HOUR);
    clock.advance(PURGE_AT - START);
    steady += PURGE_AT - START;
    await app.runJob("purge");
    expect((await sql(app, "SELECT count(*) AS n FROM events"))[0]?.n).toBe(1);
    clock.advance(HOUR);
    steady += HOUR;
    await app.runJob("purge");
    expect((await sql(app, "SELECT count(*) AS n FROM events"))[0]?.n).toBe(0);
  });
});

describe("retention", () => {
  test("removes what is older than its site keeps, deleted events too, and leaves other sites", async () => {
    const { app } = await start();
    const [site, other] = [await createSite(app), await createSite(app)];
    const old = (n: number) => ({ timestamp: START - 30 * DAY + n });
    const ids = await fillSite(app, site, 1_300, (n) => old(n - 1_200));
    await fillSite(app, other, 5, old);
    const marked = (await expectStatus(await deleteEvent(app, ids[0] as string), 200)) as { deletionId: string };
    await app.runJob("retention");
    expect(await totalOf(app, site)).toBe(1_299);
    await keepFor(app, site, 30);
    await app.runJob("retention");
    // What happened just 30 days ago stays.
    expect(await totalOf(app, site)).toBe(100);
    expect(await totalOf(app, other)).toBe(5);
    expect((await sql(app, "SELECT count(*) AS n FROM events"))[0]?.n).toBe(105);
    expect(await getDeletion(app, marked.deletionId)).toMatchObject({ purged: 1 });
    const audit = await app.request(`/api/v1/audit?trackingCode=${site.trackingCode}&action=retention.purge`);
    expect(await expectStatus(audit, 200)).toMatchObject({ entries: [{ by: "server", events: 1_200 }] });
    await app.runJob("retention");
    expect(await totalOf(app, site)).toBe(100);
  }, 30_000);

  test("is not early when the clock jumps ahead by ten years", async () => {
    const { app, clock } = await start({ overrides: { steadyTime: () => 0 } });
    const site = await createSite(app);
    await fillSite(app, site, 3, () => ({ timestamp: START }));
    await keepFor(app, site, 1);
    clock.advance(TEN_YEARS_MS);
    await app.runJob("retention");
    expect(await totalOf(app, site)).toBe(3);
  });
});

describe("records", () => {
  test("of deletions and the audit list are removed after a year, and not before", async () => {
    const { app, clock } = await start();
    const site = await createSite(app);
    const [id] = await fillSite(app, site, 1);
    const { deletionId } = (await expectStatus(await deleteEvent(app, id as string), 200)) as { deletionId: string };
    clock.set(PURGE_AT);
    await app.runJob("purge");
    clock.advance(364 * DAY);
    await app.runJob("records");
    expect(await getDeletion(app, deletionId)).toMatchObject({ status: "purged" });
    clock.advance(2 * DAY);
    await app.runJob("records");
    await expectStatus(await app.request(`/api/v1/deletions/${deletionId}`), 404);
    expect(await expectStatus(await app.request("/api/v1/audit"), 200)).toMatchObject({ entries: [] });
  });
});

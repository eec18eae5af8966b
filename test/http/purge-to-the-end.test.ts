import { afterEach, describe, expect, test } from "bun:test";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  deleteEvent,
  deleteNow,
  deletionIs,
  fillSite,
  getDeletion,
  restoreEvent,
  totalOf,
} from "../contract/collection/deletion-fixture.ts";
import {
  createEvents,
  createKey,
  createSite,
  expectError,
  expectStatus,
  list,
  pageView,
  post,
  type Website,
} from "../contract/collection/fixture.ts";
import { createTestClock } from "../support/clock.ts";
import { textOf, textsIn } from "../support/file-texts.ts";
import { type StartOptions, startApp, type TestApp } from "../support/server.ts";
import { createFolder, openSql } from "../support/store.ts";

const HOUR = 3_600_000;
/** Noon; the purges are at 03:00, so that of a deletion now is in 39 hours. */
const START = Date.UTC(2026, 5, 15, 12);
const PURGE_AT = Date.UTC(2026, 5, 17, 3);

const apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(options: StartOptions = {}, atMs = START) {
  const clock = createTestClock(atMs);
  const app = await startApp({ ...options, overrides: { clock, pause: async () => {} } });
  apps.push(app);
  return { app, clock };
}

/** The tables that have rows of a site, and how many. */
async function rowsOf(app: TestApp, { programId }: Website): Promise<Record<string, number>> {
  using sql = openSql(app.database);
  const tables = await sql.execute(
    `SELECT found.name FROM sqlite_schema AS found JOIN pragma_table_info(found.name) AS field
WHERE found.type = 'table' AND field.name = 'site_id'`,
  );
  const found: Record<string, number> = {};
  for (const { name } of tables.rows) {
    const { rows } = await sql.execute(`SELECT count(*) AS n FROM ${name} WHERE site_id = ${programId}`);
    if (Number(rows[0]?.n) > 0) found[String(name)] = Number(rows[0]?.n);
  }
  return found;
}

describe("the purge of a deleted website", () => {
  test("leaves nothing of it but what is on record, counts against no cap, and lets others be", async () => {
    const { app, clock } = await start({ config: { maxPendingDeletions: 10 } });
    const [site, other] = [await createSite(app), await createSite(app)];
    const bound = await createKey(app, { permissions: ["events:read"], sites: [site.id] });
    await fillSite(app, site, 2_500, (n) => ({ visitorId: `v${n}` }));
    const lead = { customer_key: "someone", program_id: site.programId };
    await expectStatus(await app.request("/api/v1/track/lead", { json: lead, key: null }), 200);
    const [kept] = await fillSite(app, other, 3);
    const waiting = await deleteNow(app, site, { visitorId: "v7", reason: "before the website itself" });
    await expectStatus(await deleteEvent(app, kept as string), 200);
    const path = `/api/v1/websites/${site.id}`;
    const remove = async () => expectStatus(await app.request(path, { method: "DELETE" }), 200);
    const restore = () => app.request(`${path}/restore`, { method: "POST" });

    expect(await remove()).toMatchObject({ purgeAt: new Date(PURGE_AT).toISOString() });
    clock.set(PURGE_AT - 1);
    await app.runJob("purge");
    await expectStatus(await restore(), 200);
    expect(await totalOf(app, site)).toBe(2_500);

    expect(await remove()).toMatchObject({ purgeAt: new Date(PURGE_AT + 24 * HOUR).toISOString() });
    clock.set(PURGE_AT + 24 * HOUR);
    await app.runJob("purge");
    await expectError(await restore(), 404, "NOT_FOUND", "Website not found");
    await expectStatus(await app.request(path), 404);
    await expectStatus(await list(app, site, {}, bound), 404);
    await expectStatus(await post(app, pageView(site)), 404);
    expect(await expectStatus(await app.request("/api/v1/websites?deleted=true"), 200)).toMatchObject({ total: 0 });
    // Of the earlier deletion not even the record is left: it could say who the visitor was.
    await expectStatus(await app.request(`/api/v1/deletions/${waiting.deletionId}`), 404);
    expect(await rowsOf(app, site)).toEqual({ deletions: 1, audit: expect.any(Number) });
    const audit = await app.request("/api/v1/audit?action=site.purge");
    // Those of the website that waited had been purged already: their time was over as well.
    expect(await expectStatus(audit, 200)).toMatchObject({
      entries: [{ by: "server", websiteId: site.id, events: 2_500 }],
    });
    expect(await totalOf(app, other)).toBe(2);
    const next = await createSite(app, { domain: site.domain });
    expect(next.programId).toBeGreaterThan(other.programId);
    await expectStatus(await list(app, next, {}, bound), 404);
  }, 30_000);
});

describe("a purge that was missed because no server ran", () => {
  test("is made up when one starts, and one whose time has not come is not", async () => {
    await using folder = await createFolder();
    const database = join(folder.path, "footfall.db");
    const first = await start({ database });
    const site = await createSite(first.app);
    const [early, late] = await fillSite(first.app, site, 2);
    const deleted = (await expectStatus(await deleteEvent(first.app, early as string), 200)) as { deletionId: string };
    first.clock.advance(24 * HOUR);
    await expectStatus(await deleteEvent(first.app, late as string), 200);
    await apps.pop()?.stop();

    const second = await start({ database }, PURGE_AT + 5 * HOUR);
    expect(await deletionIs(second.app, deleted.deletionId, "purged")).toMatchObject({
      endedAt: new Date(PURGE_AT + 5 * HOUR).toISOString(),
    });
    await expectStatus(await restoreEvent(second.app, early as string), 404);
    await expectStatus(await restoreEvent(second.app, late as string), 200);
  }, 30_000);
});

describe("after a purge", () => {
  const EVENTS = 4_000;
  const texts = (isOwn: (n: number) => boolean) =>
    Array.from({ length: EVENTS }, (_, n) => n)
      .filter(isOwn)
      .map(textOf);

  /** Events with a text of their own each; every second one is a visitor's. */
  async function fillWithTexts(app: TestApp): Promise<Website> {
    const site = await createSite(app);
    await fillSite(app, site, EVENTS, (n) => ({
      visitorId: n % 2 === 0 ? "goes" : "stays",
      sessionId: textOf(n),
      url: `https://example.com/${textOf(n)}`,
      eventId: textOf(n),
      timestamp: START - n * 1_000,
      properties: { text: textOf(n).repeat(n % 100 === 0 ? 500 : 1) },
    }));
    return site;
  }
  const expectOnly = async (app: TestApp, expected: readonly string[]) =>
    expect([...(await textsIn(app.database))].toSorted()).toEqual([...expected]);

  test("its events' texts are nowhere in the file and its log, and their space is given back", async () => {
    const { app, clock } = await start();
    const site = await fillWithTexts(app);
    const deletion = await deleteNow(app, site, { visitorId: "goes" });
    // The control: until the purge all of it is there, so that it can be restored.
    await expectOnly(
      app,
      texts(() => true),
    );
    clock.set(PURGE_AT);
    await app.runJob("purge");
    await expectOnly(
      app,
      texts((n) => n % 2 === 1),
    );
    expect(await getDeletion(app, deletion.deletionId as string)).toMatchObject({ purged: EVENTS / 2, filter: null });
    using sql = openSql(app.database);
    expect((await sql.execute("PRAGMA freelist_count")).rows[0]?.[0]).toBe(0);
    const { rows } = await sql.execute("SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size");
    expect((await stat(app.database)).size).toBe(Number(rows[0]?.n));
  }, 30_000);

  test("and after the erasure of a visitor, as soon as the next clearing has run", async () => {
    const { app } = await start();
    const site = await fillWithTexts(app);
    await createEvents(app, [pageView(site, { visitorId: "goes" })]);
    const path = `/api/v1/visitors/goes?trackingCode=${site.trackingCode}`;
    const erased = await expectStatus(await app.request(path, { method: "DELETE" }), 200);
    expect(erased).toMatchObject({ deleted: EVENTS / 2 + 1 });
    await app.runJob("reclaim");
    await expectOnly(
      app,
      texts((n) => n % 2 === 1),
    );
  }, 30_000);
});

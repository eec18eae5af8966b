import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { textOf, textsIn } from "../support/file-texts.ts";
import { temporaryFolder } from "../support/server.ts";
import { inspectFile } from "./support/inspect.ts";
import { chooseSeed, createRandom } from "./support/random.ts";
import { type StartedServer, startServer, waitUntil } from "./support/server.ts";

const EVENTS = 24_000;
const KILLS = 4;
const WITHIN_MS = 30_000;

/** Purges come each second, of whatever was deleted before. */
const PURGES = { FOOTFALL_UNDO_WINDOW: "0s", FOOTFALL_PURGE_CRON: "* * * * * *" };

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const eventOf = (trackingCode: string, n: number) => ({
  trackingCode,
  eventType: n % 2 === 0 ? "click" : "pageview",
  url: `https://example.com/${n}`,
  sessionId: `s${n}`,
  visitorId: `v${n % 100}`,
  timestamp: Date.UTC(2026, 0, 1) + n * 1_000,
  properties: { text: textOf(n) },
});

/** Half of them are clicks. Their ids, in their order. */
async function fill(server: StartedServer, from = 0, count = EVENTS): Promise<string[]> {
  const ids: string[] = [];
  for (let n = from; n < from + count; n += 1_000) {
    const events = Array.from({ length: Math.min(1_000, from + count - n) }, (_, k) =>
      eventOf(server.trackingCode, n + k),
    );
    const answer = await server.request("/api/v1/events/batch", { json: { events } });
    ids.push(...((await answer.json()) as { events: { id: string }[] }).events.map(({ id }) => id));
  }
  return ids;
}

interface DeletionState {
  readonly status: string;
  readonly events: number;
  readonly purged: number;
}

async function read<T>(server: StartedServer, path: string, init: RequestInit = {}): Promise<T> {
  const answer = await server.request(path, init);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Starts to delete all clicks; the deletion's path. */
async function deleteClicks(server: StartedServer): Promise<string> {
  const answer = await server.request(`/api/v1/events?trackingCode=${server.trackingCode}&eventType=click`, {
    method: "DELETE",
  });
  expect(answer.status).toBe(202);
  await answer.text();
  return answer.headers.get("location") ?? "";
}

const watch = (server: StartedServer, path: string) => read<DeletionState>(server, path);

async function totals(server: StartedServer): Promise<{ all: number; clicks: number }> {
  const totalOf = async (more: string) =>
    (
      await read<{ pagination: { total: number } }>(
        server,
        `/api/v1/events?trackingCode=${server.trackingCode}&limit=1${more}`,
      )
    ).pagination.total;
  return { all: await totalOf(""), clicks: await totalOf("&eventType=click") };
}

/** How many clicks and other events the file holds, marked or not. */
function stored(database: string): { clicks: number; others: number; marked: number; pending: number } {
  using db = new Database(database, { readonly: true });
  const one = (sql: string) => (db.query(sql).get() as { n: number | null }).n ?? 0;
  return {
    clicks: one("SELECT count(*) AS n FROM events NOT INDEXED WHERE type = 'click'"),
    others: one("SELECT count(*) AS n FROM events NOT INDEXED WHERE type <> 'click'"),
    marked: one("SELECT count(*) AS n FROM events NOT INDEXED WHERE deleted_at IS NOT NULL"),
    pending: one("SELECT sum(n) AS n FROM pending_deletions"),
  };
}

describe("kill -9", () => {
  test("in the middle of a large deletion: it is carried on; what it covers is never seen again, and nothing else is gone", async () => {
    const seed = chooseSeed();
    const random = createRandom(seed);
    const database = join(folder, "deletion.db");
    let server = await startServer(database);
    await fill(server);
    const path = await deleteClicks(server);
    const half = EVENTS / 2;
    const seen: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      await Bun.sleep(random.between(0, 120));
      await server.kill();
      server = await startServer(database);
      expect(await totals(server)).toEqual({ all: half, clicks: 0 });
      seen.push((await watch(server, path)).events);
    }
    console.info(`kills of a deletion (seed ${seed}): ${seen.join(", ")} of ${half} events marked at the restarts`);
    expect(seen[0]).toBeLessThan(half);
    await waitUntil(
      "the deletion is carried out",
      WITHIN_MS,
      async () => (await watch(server, path)).status === "deleted",
    );
    expect(await watch(server, path)).toMatchObject({ events: half });
    expect(await totals(server)).toEqual({ all: half, clicks: 0 });
    await server.stop();
    expect(stored(database)).toEqual({ clicks: half, others: half, marked: half, pending: half });
    expect(inspectFile(database)).toMatchObject({ integrity: ["ok"], events: half, totals: half, dayCounts: half });
  }, 120_000);

  test("control: the same check finds events that come back where the deletion is forgotten half way", async () => {
    const database = join(folder, "forgotten.db");
    const first = await startServer(database);
    await fill(first);
    await deleteClicks(first);
    await first.kill();
    {
      using db = new Database(database);
      db.run("UPDATE deletions SET state = 'deleted', reserved = 0");
    }
    const second = await startServer(database);
    const { clicks } = await totals(second);
    console.info(`control: ${clicks} of ${EVENTS / 2} deleted events came back`);
    await second.stop();
    expect(clicks).toBeGreaterThan(0);
  }, 60_000);

  test("in the middle of a purge: it is resumed; nothing deleted comes back, nothing else is gone, and no trace is left", async () => {
    const seed = chooseSeed();
    const random = createRandom(seed);
    const database = join(folder, "purge.db");
    // A minute away: the purge begins when a server is started that has a sooner one.
    let server = await startServer(database, { env: { FOOTFALL_UNDO_WINDOW: "0s" } });
    await fill(server);
    const path = await deleteClicks(server);
    await waitUntil(
      "the deletion is carried out",
      WITHIN_MS,
      async () => (await watch(server, path)).status === "deleted",
    );
    await server.kill();
    makeDue(database);
    const half = EVENTS / 2;
    const seen: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      server = await startServer(database, { env: PURGES });
      expect(await totals(server)).toEqual({ all: half, clicks: 0 });
      await waitUntil("the purge goes on", WITHIN_MS, async () => {
        const { status, purged } = await watch(server, path);
        return status === "purged" || purged > (seen.at(-1) ?? 0);
      });
      await Bun.sleep(random.between(0, 20));
      seen.push((await watch(server, path)).purged);
      await server.kill();
    }
    console.info(`kills of a purge (seed ${seed}): ${seen.join(", ")} of ${half} events gone at the kills`);
    expect(seen[0]).toBeLessThan(half);
    server = await startServer(database, { env: PURGES });
    await waitUntil("the purge is done", WITHIN_MS, async () => (await watch(server, path)).status === "purged");
    expect(await watch(server, path)).toMatchObject({ events: half, purged: half });
    expect(await totals(server)).toEqual({ all: half, clicks: 0 });
    // Overwriting follows, and a server that was killed before its end takes it up again.
    await waitUntil("only what stays is in the file", WITHIN_MS, async () => (await textsIn(database)).size === half);
    await server.stop();
    const others = Array.from({ length: half }, (_, n) => textOf(2 * n + 1));
    expect([...(await textsIn(database))].toSorted()).toEqual(others);
    expect(stored(database)).toEqual({ clicks: 0, others: half, marked: 0, pending: 0 });
    expect(inspectFile(database)).toMatchObject({ integrity: ["ok"], events: half, totals: half, dayCounts: half });
  }, 120_000);
});

/** The purge of every deletion is due at once. */
function makeDue(database: string): void {
  using db = new Database(database);
  db.run("UPDATE deletions SET purge_at = 1");
  db.run("DELETE FROM pending_deletions");
  db.run("INSERT INTO pending_deletions SELECT 1, sum(events - restored - purged) FROM deletions");
}

interface Page {
  readonly events: readonly { readonly id: string }[];
  readonly pagination: { readonly nextCursor: string | null };
}

/** Every event of a walk, by cursor or by offset; `between` is awaited after each page. */
async function walk(
  server: StartedServer,
  by: "cursor" | "offset",
  between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  const limit = 200;
  for (let next: string | null = by === "cursor" ? "" : "&offset=0"; next !== null; ) {
    const { events, pagination }: Page = await read(
      server,
      `/api/v1/events?trackingCode=${server.trackingCode}&count=false&limit=${limit}${next}`,
    );
    found.push(...events.map(({ id }) => id));
    if (by === "cursor") next = pagination.nextCursor === null ? null : `&cursor=${pagination.nextCursor}`;
    else next = events.length < limit ? null : `&offset=${found.length}`;
    await between();
  }
  return found;
}

/** Posts one event after the other until it is aborted; how long each took, in ms, and their ids. */
async function ingest(server: StartedServer, until: AbortSignal) {
  const ids: string[] = [];
  const times: number[] = [];
  const { timestamp: _, ...event } = eventOf(server.trackingCode, 1);
  while (!until.aborted) {
    const startedAt = performance.now();
    ids.push(
      (await read<{ id: string }>(server, "/api/v1/events", { method: "POST", body: JSON.stringify(event) })).id,
    );
    times.push(performance.now() - startedAt);
  }
  return { ids, times };
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

/** Deletes all clicks of a fresh site and purges them, while others post and walk. */
async function deleteAndPurgeWhile<T>(name: string, work: (server: StartedServer) => Promise<T>) {
  const database = join(folder, `${name}.db`);
  const server = await startServer(database, { env: PURGES });
  const ids = await fill(server);
  const survivors = ids.filter((_, n) => n % 2 === 1);
  const done = new AbortController();
  const writers = Array.from({ length: 8 }, () => ingest(server, done.signal));
  const path = await deleteClicks(server);
  const results: T[] = [];
  while ((await watch(server, path)).status !== "purged") results.push(await work(server));
  done.abort();
  const written = await Promise.all(writers);
  return {
    server,
    database,
    survivors,
    results,
    posted: written.flatMap((writer) => writer.ids),
    times: written.flatMap((writer) => writer.times).toSorted((a, b) => a - b),
  };
}

/** What is wrong with a walk: survivors that it met twice, or not at all. */
function faultsOf(found: readonly string[], survivors: readonly string[]) {
  const met = new Map<string, number>();
  for (const id of found) met.set(id, (met.get(id) ?? 0) + 1);
  return {
    skipped: survivors.filter((id) => !met.has(id)).length,
    repeated: survivors.filter((id) => (met.get(id) ?? 0) > 1).length,
  };
}

describe("a deletion and its purge while events are posted and walked through", () => {
  test("skip and repeat no event that stays, in any walk by cursor, and lose none that is posted", async () => {
    const { server, database, survivors, results, posted, times } = await deleteAndPurgeWhile("walk", (server) =>
      walk(server, "cursor"),
    );
    const ms = (q: number) => quantile(times, q).toFixed(1);
    console.info(
      `${results.length} walks beside ${posted.length} posts during a deletion and its purge: p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, longest ${ms(1)} ms`,
    );
    expect(results.length).toBeGreaterThan(0);
    for (const found of results) expect(faultsOf(found, survivors)).toEqual({ skipped: 0, repeated: 0 });
    expect(await totals(server)).toEqual({ all: survivors.length + posted.length, clicks: 0 });
    const there = new Set(await walk(server, "cursor"));
    expect([...survivors, ...posted].filter((id) => !there.has(id))).toEqual([]);
    await server.stop();
    expect(stored(database)).toMatchObject({
      clicks: 0,
      others: survivors.length + posted.length,
      marked: 0,
      pending: 0,
    });
    expect(inspectFile(database).integrity).toEqual(["ok"]);
  }, 120_000);

  test("control: the same check finds that walks by offset skip events that stay", async () => {
    const server = await startServer(join(folder, "control.db"));
    const ids = await fill(server, 0, 4_000);
    const clicks = ids.filter((_, n) => n % 2 === 0).toReversed();
    // Newest first, as the list is: what is deleted was on pages that the walk has seen.
    const found = await walk(server, "offset", async () => {
      const json = { trackingCode: server.trackingCode, ids: clicks.splice(0, 100) };
      if (json.ids.length > 0) await (await server.request("/api/v1/events/delete", { json })).text();
    });
    const { skipped } = faultsOf(
      found,
      ids.filter((_, n) => n % 2 === 1),
    );
    console.info(`control: a walk by offset skipped ${skipped} of 2000 events that stayed`);
    await server.stop();
    expect(skipped).toBeGreaterThan(0);
  }, 60_000);
});

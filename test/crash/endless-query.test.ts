import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { type StartedServer, startServer, waitUntil } from "./support/server.ts";

const DEADLINE_MS = 2_000;
const AT_ONCE = 8;

/** Far above what is usual, and far below what a server gives that waits for its queries. */
const ANSWERED_WITHIN_MS = DEADLINE_MS / 2;

/** What may stay of the memory of a query that was stopped: allocators keep some, a leak would keep all. */
const KEPT_BYTES = 160 * 1024 * 1024;

const NEEDLES = Array.from({ length: 200 }, (_, n) => `${"a".repeat(15)}b${n}`);

/** Queries that look through 20 MB of text 200 times; in both languages. */
const KQL = `Events | where ${NEEDLES.map((needle) => `Value contains '${needle}'`).join(" or ")}`;
const ODATA = NEEDLES.map((needle) => `contains(Value,'${needle}')`).join(" or ");

const TOO_EXPENSIVE = { error: { code: "QueryTooExpensive", message: expect.any(String) } };

let folder: string;
let server: StartedServer;
beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServer(join(folder, "endless.db"), { env: { FOOTFALL_QUERY_DEADLINE: `${DEADLINE_MS}ms` } });
  const large = { DeviceId: "d", EventType: "large", Value: "a".repeat(200_000) };
  const response = await server.request("/api/v2.0/TrackBulk", { json: Array(100).fill(large) });
  expect(response.status).toBe(201);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const askKql = (query: string) => server.request("/api/v2.0/TrackEvents/preview", { json: { Query: query } });
const askOData = (filter: string) => server.request(`/api/v2.0/TrackEvents?$filter=${encodeURIComponent(filter)}`);

async function residentBytes(): Promise<number> {
  const status = await Bun.file(`/proc/${server.process.pid}/status`).text();
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

/** How long each of some requests took, in ms, one after the other until `isOver`. */
async function timesOf(isOver: () => boolean, request: () => Promise<Response>, status: number): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const startedAt = performance.now();
    const response = await request();
    await response.text();
    times.push(performance.now() - startedAt);
    expect(response.status).toBe(status);
  }
  return times.toSorted((a, b) => a - b);
}

const quantile = (times: readonly number[], q: number) => times[Math.floor(times.length * q)] ?? Number.NaN;

describe(`${AT_ONCE} queries that never end, at once`, () => {
  test("are stopped at their deadline; meanwhile events are stored and lists are read, afterwards the memory is back", async () => {
    // One round first: what is loaded once is no leak.
    expect((await askKql("Events | count")).status).toBe(200);
    const before = await residentBytes();
    let left = AT_ONCE;
    const startedAt = performance.now();
    const queries = Array.from({ length: AT_ONCE }, async (_, n) => {
      const response = await (n % 2 === 0 ? askKql(KQL) : askOData(ODATA));
      left -= 1;
      return { status: response.status, body: await response.json(), ms: performance.now() - startedAt };
    });
    const event = { DeviceId: "d", EventType: "small", Value: "v" };
    const isOver = () => left === 0;
    const [posts, reads] = await Promise.all([
      timesOf(isOver, () => server.request("/api/v2.0/Track", { json: event }), 201),
      timesOf(isOver, () => server.request(`/api/v1/events?trackingCode=${server.trackingCode}&eventType=small`), 200),
    ]);
    const stopped = await Promise.all(queries);
    for (const { status, body } of stopped) {
      // Those that could not even begin in time are told so.
      if (status === 503) expect(body).toMatchObject({ error: { code: "ServiceUnavailable" } });
      else expect([status, body]).toEqual([400, TOO_EXPENSIVE]);
    }
    expect(stopped.filter(({ status }) => status === 400).length).toBeGreaterThanOrEqual(2);
    console.info(
      `stopped after ${stopped.map(({ ms }) => Math.round(ms)).join(", ")} ms; meanwhile ${posts.length} posts, ` +
        `p99 ${quantile(posts, 0.99).toFixed(1)} ms, ${reads.length} lists, p99 ${quantile(reads, 0.99).toFixed(1)} ms`,
    );
    expect(Math.max(...stopped.map(({ ms }) => ms))).toBeLessThan(AT_ONCE * DEADLINE_MS + 5_000);
    expect(posts.length).toBeGreaterThan(100);
    expect(quantile(posts, 0.99)).toBeLessThan(ANSWERED_WITHIN_MS);
    expect(quantile(reads, 0.99)).toBeLessThan(ANSWERED_WITHIN_MS);
    let after = 0;
    await waitUntil("the memory is back", 20_000, async () => {
      after = await residentBytes();
      return after < before + KEPT_BYTES;
    });
    console.info(`resident before ${before >> 20} MiB, after ${after >> 20} MiB`);
  }, 60_000);

  test("leave the server able to answer queries, again and again", async () => {
    for (let round = 0; round < 3; round++) {
      expect((await askKql(KQL)).status).toBe(400);
      const counted = await askKql("Events | where EventType == 'large' | count");
      expect(await counted.json()).toEqual({ items: [{ Count: 100 }], count: 1 });
    }
    expect(server.stderr()).not.toContain('"level":"error"');
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_KEY, temporaryFolder } from "../support/server.ts";
import { type Answer, connect } from "./support/connection.ts";
import { inspectFile } from "./support/inspect.ts";
import { residentMegabytes } from "./support/process-memory.ts";
import { type StartedServer, startHastyProxy, startServer } from "./support/server.ts";

const SECONDS = Number(process.env.FOOTFALL_CRASH_OVERLOAD_SECONDS ?? 2);

/** Clients that post one event after the other: more than are answered at once. */
const CLIENTS = 128;

/** Now and then, all at once, more events than may wait: 100,000. */
const BURST_CLIENTS = 160;
const BURST_EVENTS = 1_000;
/** One a quarter of a minute. */
const BURST_EVERY_S = 15;

/** What is held at most: what may wait (64 MB), bodies on their way, and what the runtime has not given back yet. */
const MAX_MB = 1_024;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What was answered, and how many events were acknowledged. */
interface Tally {
  readonly statuses: Map<number, number>;
  acknowledged: number;
  /** Answers that must not be: another status, or a refusal that does not say when to come again. */
  readonly faults: string[];
}

function count(tally: Tally, { status, headers, body }: Answer, events: number): void {
  tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
  if (status === 201) tally.acknowledged += events;
  else if ((status !== 429 && status !== 503) || !(Number(headers.get("retry-after")) > 0)) {
    tally.faults.push(`${status} ${body}`.slice(0, 200));
  }
}

const headers = { authorization: `Bearer ${ADMIN_KEY}` };

async function postSingles(server: StartedServer, tally: Tally, until: AbortSignal): Promise<void> {
  using connection = await connect(server.url);
  const event = { eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
  const body = JSON.stringify({ ...event, trackingCode: server.trackingCode });
  while (!until.aborted) {
    count(tally, await connection.send({ method: "POST", path: "/api/v1/events", headers, body }), 1);
  }
}

async function burst(server: StartedServer, tally: Tally): Promise<void> {
  const event = { eventType: "click", url: "https://a.example/", sessionId: "b", visitorId: "v" };
  const one = JSON.stringify({ ...event, trackingCode: server.trackingCode });
  const body = `{"events":[${Array(BURST_EVENTS).fill(one).join(",")}]}`;
  const postBatch = async () => {
    using connection = await connect(server.url);
    const answer = await connection.send({ method: "POST", path: "/api/v1/events/batch", headers, body });
    count(tally, answer, BURST_EVENTS);
  };
  await Promise.all(Array.from({ length: BURST_CLIENTS }, postBatch));
}

/** Asks for more than can be done. @returns what was answered, and the server's memory, in MB, over time. */
async function overload(server: StartedServer, seconds: number, singles = { to: server, clients: CLIENTS }) {
  const tally: Tally = { statuses: new Map(), acknowledged: 0, faults: [] };
  const memory: number[] = [];
  const done = new AbortController();
  const clients = Array.from({ length: singles.clients }, () => postSingles(singles.to, tally, done.signal));
  const sampler = setInterval(() => {
    void residentMegabytes(server.process.pid).then((megabytes) => memory.push(megabytes));
  }, 200);
  for (let second = 0; second < seconds; second += BURST_EVERY_S) {
    await burst(server, tally);
    await Bun.sleep(Math.min(BURST_EVERY_S, seconds - second) * 1_000);
  }
  done.abort();
  await Promise.all(clients);
  clearInterval(sampler);
  return { ...tally, memory };
}

describe("more than the server can do", () => {
  test(
    "is answered 201, or 503 with the time to come again; nothing acknowledged is lost, and memory has a bound",
    async () => {
      const server = await startServer(join(folder, "overload.db"));
      const { statuses, acknowledged, faults, memory } = await overload(server, SECONDS);
      const peak = Math.max(...memory);
      console.info(
        `${SECONDS} s: ${acknowledged} events acknowledged, answers ${JSON.stringify(Object.fromEntries(statuses))}, ${peak.toFixed(0)} MB at most, ${memory.at(-1)?.toFixed(0)} MB in the end`,
      );
      expect(faults).toEqual([]);
      expect(statuses.get(503)).toBeGreaterThan(0);
      expect(peak).toBeLessThan(MAX_MB);
      expect((await server.request("/ready")).status).toBe(200);
      await server.kill();
      expect(await countStored(server.database)).toBe(acknowledged);
      expect(inspectFile(server.database)).toMatchObject({
        integrity: ["ok"],
        events: acknowledged,
        totals: acknowledged,
      });
    },
    120_000 + SECONDS * 2_000,
  );

  test("control: the same count finds what a server loses that acknowledges before it stores", async () => {
    const server = await startServer(join(folder, "control.db"));
    const hasty = await startHastyProxy(server);
    const { acknowledged } = await overload(server, 1, { to: hasty, clients: 2 });
    await hasty.kill();
    const total = await countStored(server.database);
    console.info(`control: ${acknowledged - total} of ${acknowledged} acknowledged events lost`);
    expect(total).toBeLessThan(acknowledged);
  }, 60_000);
});

/** What another start on the file gives. */
async function countStored(database: string): Promise<number> {
  const server = await startServer(database);
  const list = await server.request(`/api/v1/events?trackingCode=${server.trackingCode}&limit=1`);
  const { total } = ((await list.json()) as { pagination: { total: number } }).pagination;
  await server.stop();
  return total;
}

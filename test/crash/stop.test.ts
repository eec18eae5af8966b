import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { connect } from "./support/connection.ts";
import { type FileState, inspectFile, readAllEvents } from "./support/inspect.ts";
import { createLedger, judge, KEPT, type Verdict } from "./support/ledger.ts";
import { chooseSeed, createRandom } from "./support/random.ts";
import { type Exit, exitOf, startServer, waitUntil } from "./support/server.ts";
import { applyLoad, type LoadResult } from "./support/workload.ts";

const STOPS = Number(process.env.FOOTFALL_CRASH_STOPS ?? 10);
const CONNECTIONS = 32;
const LOAD_MS = [50, 600] as const;
const TIMEOUT_MS = 30_000 + STOPS * 12_000;

/** After this time a server that was told to stop is killed by its supervisor. */
const EXIT_WITHIN_MS = 10_000;

/** A server that has nothing to do has no reason to wait. */
const IDLE_EXIT_WITHIN_MS = 2_000;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("SIGTERM", () => {
  const stops = lazily(stopOften);

  test(
    "keeps what was acknowledged, and leaves one file",
    async () => {
      const { verdict, logBytes, file, exits } = await stops();
      expect(verdict).toMatchObject(KEPT);
      expect(verdict.acknowledged).toBeGreaterThan(STOPS * 10);
      expect(exits.filter(({ code, signal }) => code !== 0 || signal !== null)).toEqual([]);
      expect(logBytes.filter((bytes) => bytes > 0)).toEqual([]);
      expect(file).toMatchObject({ integrity: ["ok"], events: verdict.stored });
    },
    TIMEOUT_MS,
  );

  test(
    "lets every request be answered that was sent before it",
    async () => {
      expect((await stops()).cut).toBe(0);
    },
    TIMEOUT_MS,
  );

  test("control: a SIGKILL is seen to cut requests off", async () => {
    const random = createRandom(chooseSeed());
    const ledger = createLedger("cut", random.fork());
    const { url, trackingCode, process } = await startServer(join(folder, "cut.db"));
    const load = applyLoad({ url, trackingCode, ledger, random, writers: CONNECTIONS });
    await waitUntil("events are stored", 10_000, () => ledger.acknowledged.size > CONNECTIONS);
    const signalledAt = performance.now();
    process.kill("SIGKILL");
    const cut = countCut(await load, signalledAt);
    console.info(`control: ${cut} requests cut off by a kill`);
    expect(cut).toBeGreaterThan(0);
  }, 30_000);

  test("ends a server at once that has nothing to do", async () => {
    const server = await startServer(join(folder, "idle.db"));
    // A browser's connection that waits for its next request.
    using connection = await connect(server.url);
    await connection.send({ method: "GET", path: "/health" });
    server.process.kill("SIGTERM");
    const exit = await exitOf(server.process, EXIT_WITHIN_MS);
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(exit.ms).toBeLessThan(IDLE_EXIT_WITHIN_MS);
  }, 30_000);

  test("ends a server whose client never finishes its request", async () => {
    const server = await startServer(join(folder, "slow.db"));
    using connection = await connect(server.url);
    // The head promises a body that does not come.
    const request = connection.send({ method: "POST", path: "/api/v1/events", headers: { "content-length": "1000" } });
    request.catch(() => {});
    // Once a later request is answered, the server has seen this one.
    await (await server.request("/health")).text();
    server.process.kill("SIGTERM");
    const exit = await exitOf(server.process, EXIT_WITHIN_MS);
    expect(exit).toMatchObject({ code: 0, signal: null });
  }, 30_000);
});

interface Stops {
  readonly verdict: Verdict;
  readonly exits: readonly Exit[];
  /** What each stop left of the write-ahead log. */
  readonly logBytes: readonly number[];
  /** Requests that were cut off. */
  readonly cut: number;
  readonly file: FileState;
}

/** Stops a server under load, many times. */
async function stopOften(): Promise<Stops> {
  const seed = chooseSeed();
  const random = createRandom(seed);
  const ledger = createLedger("stop", random.fork());
  const database = join(folder, "stop.db");
  const exits: Exit[] = [];
  const logBytes: number[] = [];
  let cut = 0;
  for (let stop = 1; stop <= STOPS; stop++) {
    const server = await startServer(database);
    const { url, trackingCode } = server;
    const load = applyLoad({ url, trackingCode, ledger, random, writers: CONNECTIONS, refusals: [503] });
    await Bun.sleep(random.between(...LOAD_MS));
    const signalledAt = performance.now();
    server.process.kill("SIGTERM");
    exits.push(await exitOf(server.process, EXIT_WITHIN_MS));
    cut += countCut(await load, signalledAt);
    logBytes.push(statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  }
  const server = await startServer(database);
  const { events } = await readAllEvents(server, server.trackingCode);
  await server.kill();
  const verdict = judge(ledger, events);
  const longest = Math.max(...exits.map(({ ms }) => ms));
  console.info(
    `${STOPS} stops (seed ${seed}): ${verdict.acknowledged} events acknowledged, ${verdict.lost.length} lost, ` +
      `${cut} requests without an answer; exit after ${longest.toFixed(0)} ms at most`,
  );
  return { verdict, exits, logBytes, cut, file: inspectFile(database) };
}

/** Does it once, when it is first asked for. */
function lazily<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/** Requests that had left before the signal, or whose answer had begun to come, and that have no answer. */
function countCut({ broken }: LoadResult, signalledAt: number): number {
  return broken.filter(({ sentAt, received }) => received > 0 || (sentAt !== null && sentAt < signalledAt)).length;
}

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { createLedger, type Ledger } from "./support/ledger.ts";
import { type Disk, FULL_TRACE, REPLAY_CALLS, type Replay, replay, withoutSyncs } from "./support/power-cut.ts";
import { chooseSeed, createRandom, type Random } from "./support/random.ts";
import { startServer, waitUntil } from "./support/server.ts";
import { readTrace, type SystemCall, straceCommand } from "./support/trace.ts";
import { applyLoad, postAgain, postBatch, postSingle, postUnnamed } from "./support/workload.ts";

const CUTS = Number(process.env.FOOTFALL_CRASH_CUTS ?? 150);
const CONNECTIONS = 16;
const TIMEOUT_MS = 60_000 + CUTS * 200;

/** Enough that the log is moved into the file while it is written. */
const LOG_BYTES = 3 * 1024 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a power cut", () => {
  test(
    "at any moment loses no acknowledged event and leaves a sound file",
    async () => {
      const seed = chooseSeed();
      const random = createRandom(seed);
      const { calls, before, database } = await record("full", random);
      const trace = replay(calls, before);
      const { lost, damaged } = cutOften(trace, random, CUTS);
      const acknowledged = trace.acknowledgedBefore(trace.lines).size;
      console.info(
        `${CUTS} power cuts (seed ${seed}): ${acknowledged} events acknowledged, ${lost} lost, ${damaged} files damaged`,
      );
      expect({ lost, damaged }).toEqual({ lost: 0, damaged: 0 });
      expect(acknowledged).toBeGreaterThan(100);

      const unsynced = cutOften(replay(withoutSyncs(calls, database), before), random, CUTS / 5);
      console.info(`control: ${unsynced.lost} losses without the syncs of the database file`);
      expect(unsynced.lost).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    "control: with FOOTFALL_DURABILITY=normal it loses events, and still leaves a sound file",
    async () => {
      const random = createRandom(chooseSeed());
      const { calls, before } = await record("normal", random);
      const { lost, damaged } = cutOften(replay(calls, before), random, CUTS / 5);
      console.info(`control: ${lost} losses with FOOTFALL_DURABILITY=normal`);
      expect(lost).toBeGreaterThan(0);
      expect(damaged).toBe(0);
    },
    TIMEOUT_MS,
  );
});

/** Cuts the power at random moments; every other time nothing of what was not synced survives, else some of it. */
function cutOften(trace: Replay, random: Random, cuts: number): { lost: number; damaged: number } {
  let lost = 0;
  let damaged = 0;
  for (let cut = 1; cut <= cuts; cut++) {
    const line = random.between(0, trace.lines);
    const state = readAfter(trace.cutAt(line, cut % 2 === 0 ? "nothing" : random));
    for (const id of trace.acknowledgedBefore(line)) if (!state.ids.has(id)) lost += 1;
    if (state.integrity !== "ok") damaged += 1;
  }
  return { lost, damaged };
}

interface Recording {
  readonly calls: readonly SystemCall[];
  /** The files as they were when the trace began. */
  readonly before: Disk;
  readonly database: string;
}

/** Uses a traced server: load, a pause in which the log is cut, load again. */
async function record(durability: "full" | "normal", random: Random): Promise<Recording> {
  const database = join(folder, `${durability}.db`);
  await (await startServer(database)).stop();
  const before: Disk = new Map([
    [database, readFileSync(database)],
    [`${database}-wal`, Buffer.alloc(0)],
  ]);

  const output = join(folder, `${durability}.trace`);
  const under = straceCommand(output, REPLAY_CALLS, FULL_TRACE);
  const server = await startServer(database, {
    env: { FOOTFALL_DURABILITY: durability },
    under,
    readyWithinMs: 30_000,
  });
  const ledger = createLedger(durability, random.fork());
  const logBytes = () => statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const use = (isEnough: () => boolean) => useUntil(server, ledger, random, isEnough);
  await use(() => logBytes() > LOG_BYTES);
  await waitUntil("the log is cut", 20_000, () => logBytes() === 0);
  await use(() => logBytes() > LOG_BYTES / 2);
  await server.kill();
  return { calls: await readTrace(output, server.process.pid), before, database };
}

async function useUntil(
  { url, trackingCode }: { url: string; trackingCode: string },
  ledger: Ledger,
  random: Random,
  isEnough: () => boolean,
): Promise<void> {
  const done = new AbortController();
  // No lists: every id in an answer is one that was acknowledged.
  const operations = [postSingle, postUnnamed, postAgain, postBatch];
  const load = applyLoad({ url, trackingCode, ledger, random, writers: CONNECTIONS, operations, until: done.signal });
  await waitUntil("the log is long enough", 30_000, isEnough);
  done.abort();
  await load;
  expect(ledger.faults).toEqual([]);
}

let count = 0;

/** Puts files where SQLite repairs and reads them, as at a start after a power cut. */
function readAfter(disk: Disk): { ids: ReadonlySet<string>; integrity: string } {
  count += 1;
  const place = join(folder, `cut-${count}`);
  mkdirSync(place);
  let path = "";
  for (const [name, content] of disk) {
    const file = join(place, basename(name));
    writeFileSync(file, content);
    if (!name.endsWith("-wal")) path = file;
  }
  using database = new Database(path);
  try {
    const [found] = database.query("PRAGMA integrity_check").values() as [string][];
    const ids = database.query("SELECT id FROM events").values() as [number][];
    return { ids: new Set(ids.map(([id]) => id.toString(36))), integrity: found?.[0] ?? "" };
  } catch (error) {
    return { ids: new Set(), integrity: String(error) };
  }
}

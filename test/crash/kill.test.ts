import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { inspectFile } from "./support/inspect.ts";
import { describeRestarts, runKillLoops } from "./support/kill-loop.ts";
import { KEPT } from "./support/ledger.ts";
import { chooseSeed, createRandom } from "./support/random.ts";
import { READY_WITHIN_MS, spawnAndKill, startHastyProxy, startServer } from "./support/server.ts";
import { deleteEvent, listEvents, postBatch, postSingle } from "./support/workload.ts";

const LOOPS = Number(process.env.FOOTFALL_CRASH_LOOPS ?? 20);
const WRITERS = 64;
const TIMEOUT_MS = 60_000 + LOOPS * 6_000;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("kill -9", () => {
  test(
    "loses no acknowledged event, stores none twice, brings no deleted one back, and leaves a sound file",
    async () => {
      const seed = chooseSeed();
      const database = join(folder, "kill.db");
      const { verdict, readyMs } = await runKillLoops({
        loops: LOOPS,
        writers: WRITERS,
        seed,
        database,
        // What is deleted is purged within a second or two, so that kills come into the middle of purges.
        start: () => startServer(database, { env: { FOOTFALL_UNDO_WINDOW: "0s", FOOTFALL_PURGE_CRON: "* * * * * *" } }),
        killWhileStarting: (afterMs) => spawnAndKill(database, afterMs),
      });
      console.info(
        `${LOOPS} kills (seed ${seed}): ${verdict.acknowledged} events acknowledged, ${verdict.lost.length} lost, ${verdict.deleted} deleted, ${verdict.returned.length} back; ${describeRestarts(readyMs)}`,
      );
      expect(verdict).toMatchObject(KEPT);
      expect(verdict.acknowledged).toBeGreaterThan(LOOPS * 10);
      expect(readyMs.at(-1)).toBeLessThan(READY_WITHIN_MS);
      // Once more without a server: what is in the file alone.
      const { integrity, events } = inspectFile(database);
      expect({ integrity, events }).toEqual({ integrity: ["ok"], events: verdict.stored });
    },
    TIMEOUT_MS,
  );

  test("is survived by a database that is being made", async () => {
    const seed = chooseSeed();
    const random = createRandom(seed);
    console.info(`kills at the first start: seed ${seed}`);
    for (let file = 1; file <= 4; file++) {
      const database = join(folder, `start-${file}.db`);
      for (let kill = 1; kill <= 4; kill++) await spawnAndKill(database, random.between(20, 500));
      await using server = await startServer(database);
      const websites = await (await server.request("/api/v1/websites")).json();
      expect(websites).toMatchObject({ total: 1, websites: [{ scope: "default" }] });
      expect(inspectFile(database)).toMatchObject({ integrity: ["ok"], events: 0 });
    }
  }, 60_000);

  test("control: the same loops find what a server loses that acknowledges before it stores", async () => {
    const database = join(folder, "control.db");
    const { verdict } = await runKillLoops({
      loops: 3,
      writers: WRITERS,
      seed: chooseSeed(),
      database,
      operations: [postSingle, listEvents],
      start: async () => startHastyProxy(await startServer(database)),
    });
    console.info(`control: ${verdict.lost.length} of ${verdict.acknowledged} acknowledged events lost`);
    expect(verdict.lost.length).toBeGreaterThan(0);
    expect(verdict.lost.length).toBeLessThan(verdict.acknowledged);
  }, 60_000);

  test("control: the same loops find what comes back under a server that confirms deletions before it deletes", async () => {
    const database = join(folder, "control-deletion.db");
    const { verdict } = await runKillLoops({
      loops: 3,
      writers: WRITERS,
      seed: chooseSeed(),
      database,
      operations: [postBatch, deleteEvent],
      start: async () => startHastyProxy(await startServer(database)),
    });
    console.info(`control: ${verdict.returned.length} of ${verdict.deleted} deleted events came back`);
    expect(verdict.returned.length).toBeGreaterThan(0);
    expect(verdict.lost).toEqual([]);
  }, 60_000);
});

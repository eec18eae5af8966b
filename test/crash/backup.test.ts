import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { type CommandEnd, runCommand, succeed } from "./support/command.ts";
import { inspectFile, readAllEvents } from "./support/inspect.ts";
import { createLedger, judge, KEPT, type Ledger, type Verdict } from "./support/ledger.ts";
import { chooseSeed, createRandom } from "./support/random.ts";
import { type StartedServer, startServer, waitUntil } from "./support/server.ts";
import { straceCommand } from "./support/trace.ts";
import { applyLoad } from "./support/workload.ts";

const BACKUPS = Number(process.env.FOOTFALL_CRASH_BACKUPS ?? 5);
const CONNECTIONS = 16;
const BETWEEN_MS = [20, 400] as const;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

/** What is promised up to now, for a judgement later. */
const promisesOf = (ledger: Ledger): Ledger => ({
  ...ledger,
  acknowledged: new Map(ledger.acknowledged),
  deletions: new Map(ledger.deletions),
});

/**
 * What a backup must hold that has just ended: whether it has an event whose deletion was asked for while it was made
 * is open. One that is deleted later is in it.
 */
const promisesOfBackup = (begun: Ledger, ended: Ledger): Ledger => ({
  ...begun,
  deletions: new Map([...ended.deletions.keys()].map((event) => [event, begun.deletions.get(event) === true])),
});

/** Starts a server on a database and compares what is in it with what was promised. */
async function judgeDatabase(database: string, promised: Ledger): Promise<Verdict> {
  await using server = await startServer(database);
  return judge(promised, (await readAllEvents(server, server.trackingCode)).events);
}

async function exportOf(server: StartedServer): Promise<string> {
  const answer = await server.request(`/api/v1/events/export?trackingCode=${server.trackingCode}`);
  expect(answer.status).toBe(200);
  return answer.text();
}

describe("backups while events come in", () => {
  test(
    "hold every event that was acknowledged before they began, and restore brings back the same",
    async () => {
      const seed = chooseSeed();
      const random = createRandom(seed);
      const ledger = createLedger("backup", random.fork());
      const server = await startServer(path("live.db"));
      const done = new AbortController();
      const load = applyLoad({ ...server, ledger, random, writers: CONNECTIONS, until: done.signal });
      const backups: { file: string; promised: Ledger }[] = [];
      for (let n = 1; n <= BACKUPS; n++) {
        await Bun.sleep(random.between(...BETWEEN_MS));
        const begun = promisesOf(ledger);
        await succeed(server.database, ["backup", path(`backup-${n}.db`)]);
        backups.push({ file: path(`backup-${n}.db`), promised: promisesOfBackup(begun, ledger) });
      }
      done.abort();
      await load;
      await succeed(server.database, ["backup", path("last.db")]);
      const lastExport = await exportOf(server);
      await server.stop();

      let acknowledged = 0;
      let deleted = 0;
      for (const { file, promised } of backups) {
        expect(inspectFile(file)).toMatchObject({ integrity: ["ok"], repeatedKeys: 0 });
        await succeed(`${file}.restored`, ["restore", file]);
        const verdict = await judgeDatabase(`${file}.restored`, promised);
        expect(verdict).toMatchObject(KEPT);
        acknowledged += verdict.acknowledged;
        deleted += verdict.deleted;
      }
      // The same judge, asked for what was promised only afterwards.
      const tooEarly = await judgeDatabase(path("backup-1.db.restored"), promisesOf(ledger));
      expect(tooEarly.lost.length).toBeGreaterThan(0);
      expect(tooEarly.returned.length).toBeGreaterThan(0);

      await succeed(path("again.db"), ["restore", path("last.db")]);
      await using again = await startServer(path("again.db"));
      expect(await exportOf(again)).toBe(lastExport);
      console.info(
        `${BACKUPS} backups under load (seed ${seed}): ${acknowledged} events acknowledged before them, 0 lost; ${deleted} deleted before them, 0 returned`,
      );
      expect(acknowledged).toBeGreaterThan(0);
      expect(deleted).toBeGreaterThan(0);
    },
    60_000 + BACKUPS * 6_000,
  );

  test("control: a copy of the file alone, which is no backup, is found out", async () => {
    const ledger = createLedger("control", createRandom(chooseSeed()));
    const server = await startServer(path("control.db"));
    const done = new AbortController();
    const load = applyLoad({ ...server, ledger, random: createRandom(1), writers: CONNECTIONS, until: done.signal });
    await waitUntil("much has been stored", 20_000, () => ledger.acknowledged.size > 2_000);
    const promised = promisesOf(ledger);
    await copyFile(server.database, path("copied.db"));
    done.abort();
    await load;
    await server.stop();
    // It does not even have to be a database.
    const lost = await judgeDatabase(path("copied.db"), promised).then(
      (verdict) => verdict.lost.length,
      () => promised.acknowledged.size,
    );
    console.info(`control: ${lost} of ${promised.acknowledged.size} acknowledged events are not in a copy of the file`);
    expect(lost).toBeGreaterThan(0);
  }, 60_000);
});

describe("kill -9 while a database is replaced", () => {
  /** Calls at which a replacement is killed: at the n-th of each thread. */
  const CALLS: readonly (readonly [call: string, when: readonly number[]])[] = [
    ["pwrite64", [1, 20, 200]],
    ["fsync", [1, 2, 3, 4]],
    ["unlink", [1, 2]],
    ["link", [1]],
    ["rename", [1]],
    ["ftruncate", [1]],
  ];
  const KILL_AFTER_MS = [30, 450] as const;
  const RANDOM_KILLS = 8;

  interface Stored {
    readonly export: string;
    readonly events: number;
  }

  /** A database with some thousand events. */
  async function make(database: string, events: number): Promise<Stored> {
    const lines = Array.from({ length: events }, (_, n) =>
      JSON.stringify({
        eventType: "click",
        timestamp: "2026-05-17T10:00:00Z",
        eventId: `${n}`,
        properties: { text: "x".repeat(n % 300) },
      }),
    );
    await Bun.write(`${database}.jsonl`, lines.join("\n"));
    await succeed(database, ["site", "add", "--name", "A"]);
    await succeed(database, ["import", `${database}.jsonl`, "--site", "1"]);
    return { events, export: await succeed(database, ["export", "--site", "1"]) };
  }

  /** Runs a command again and again, each time killed somewhere else; tells after each time how it ended. */
  async function killEverywhere(
    database: string,
    args: readonly string[],
    check: (ended: CommandEnd) => Promise<void>,
  ) {
    let killed = 0;
    for (const [call, times] of CALLS) {
      for (const when of times) {
        // Under strace, not beside it: its end is the command's. With a filter in the kernel it injects no signals.
        const words = straceCommand("/dev/null", [call], ["-e", `inject=${call}:signal=KILL:when=${when}`]);
        const under = words.filter((word) => word !== "-D" && word !== "--seccomp-bpf");
        const ended = await runCommand(database, args, { under });
        if (ended.exitCode !== 0) killed += 1;
        await check(ended);
      }
    }
    const random = createRandom(chooseSeed());
    for (let n = 0; n < RANDOM_KILLS; n++) {
      const ended = await runCommand(database, args, { killAfterMs: random.between(...KILL_AFTER_MS) });
      if (ended.exitCode !== 0) killed += 1;
      await check(ended);
    }
    return killed;
  }

  const leftoversOf = async (database: string) =>
    (await readdir(folder)).filter(
      (name) => join(folder, name).startsWith(`${database}.`) && name.includes(".unfinished"),
    );

  test("by compact: the old file or the new one is there, with everything in it", async () => {
    const database = path("compact.db");
    const stored = await make(database, 3_000);
    const killed = await killEverywhere(database, ["compact"], async () => {
      expect(inspectFile(database)).toMatchObject({ integrity: ["ok"], events: stored.events, totals: stored.events });
    });
    console.info(`${killed} kills of compact: nothing lost`);
    expect(killed).toBeGreaterThan(8);
    await succeed(database, ["compact"]);
    expect(await leftoversOf(database)).toEqual([]);
    expect(await succeed(database, ["export", "--site", "1"])).toBe(stored.export);
  }, 120_000);

  test("by restore: the database or the backup is there, as a whole", async () => {
    const [database, other] = [path("old.db"), path("new.db")];
    const [old, restored] = [await make(database, 2_000), await make(other, 3_000)];
    await succeed(other, ["backup", path("new.backup")]);
    await succeed(database, ["backup", path("old.backup")]);
    let replaced = 0;
    const killed = await killEverywhere(database, ["restore", path("new.backup"), "--force"], async () => {
      const file = inspectFile(database);
      expect(file).toMatchObject({ integrity: ["ok"], totals: file.events });
      expect([old.events, restored.events]).toContain(file.events);
      if (file.events === old.events) return;
      replaced += 1;
      await succeed(database, ["restore", path("old.backup"), "--force"]);
    });
    console.info(`${killed} kills of restore, ${replaced} of all times the backup had taken its place`);
    expect(killed).toBeGreaterThan(8);
    await succeed(database, ["restore", path("new.backup"), "--force"]);
    expect(await leftoversOf(database)).toEqual([]);
    expect(await succeed(database, ["export", "--site", "1"])).toBe(restored.export);
  }, 120_000);

  test("by backup: what has the backup's name is whole", async () => {
    const database = path("source.db");
    const stored = await make(database, 3_000);
    const target = path("target.db");
    const killed = await killEverywhere(database, ["backup", target, "--force"], async () => {
      if (await Bun.file(target).exists()) {
        expect(inspectFile(target)).toMatchObject({ integrity: ["ok"], events: stored.events });
      }
    });
    expect(killed).toBeGreaterThan(4);
    await succeed(database, ["backup", target, "--force"]);
    expect(await leftoversOf(target)).toEqual([]);
  }, 120_000);
});

import { afterEach, describe, expect, test } from "bun:test";
import type { Store } from "../../src/domain/ports.ts";
import { createLeases } from "../../src/jobs/lease.ts";
import { type RunningJobs, startJobs } from "../../src/jobs/run-jobs.ts";
import type { Job, JobName } from "../../src/jobs/schedule.ts";
import { createCronTimes } from "../../src/lib/cron.ts";
import { createTestClock, eventually, type TestClock } from "../support/clock.ts";
import { createFileDatabase, NOON, silentLog, type TestDatabase } from "../support/store.ts";

/** Jobs are looked at each few ms; this is far above it. */
const SOON_MS = 4_000;
const LOOK_EVERY_MS = 2;
const HOUR = 3_600_000;

const cleanup: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of cleanup.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function openStore(): Promise<{ store: Store; database: TestDatabase }> {
  const database = await createFileDatabase();
  cleanup.push(database);
  return { store: await database.open(), database };
}

interface Process {
  readonly jobs: RunningJobs;
  /** When the job was run, by the clock. */
  readonly runs: readonly number[];
}

/** One process whose job `name` is due each hour. */
function startProcess(
  store: Store,
  clock: TestClock,
  said: {
    holder?: string;
    run?: (signal: AbortSignal) => Promise<void>;
    onLook?: () => void;
    onFailure?: (name: JobName) => void;
    name?: JobName;
  } = {},
): Process {
  const runs: number[] = [];
  const job: Job = {
    name: said.name ?? "purge",
    nextRun: createCronTimes("0 * * * *"),
    async run(signal) {
      runs.push(clock.now());
      await said.run?.(signal);
    },
  };
  const jobs = startJobs({
    jobs: [job],
    leases: createLeases({ kv: store.kv, clock, log: silentLog, holder: said.holder ?? "server" }),
    kv: store.kv,
    clock,
    log: silentLog,
    onLook: said.onLook ?? (() => {}),
    ...(said.onFailure ? { onFailure: said.onFailure } : {}),
    lookEveryMs: LOOK_EVERY_MS,
  });
  cleanup.push(jobs);
  return { jobs, runs };
}

/** Resolves after jobs have been looked at a few times: what was due by then has begun. */
async function someLooks(store: Store, clock: TestClock): Promise<void> {
  let looks = 0;
  const watcher = startProcess(store, clock, { holder: "watcher", name: "records", onLook: () => (looks += 1) });
  await eventually("some looks", SOON_MS, () => looks >= 20);
  await watcher.jobs[Symbol.asyncDispose]();
}

describe("a job", () => {
  test("is not run before its time, once at it, and again at the next", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const { runs } = startProcess(store, clock);
    clock.advance(HOUR - 1);
    await someLooks(store, clock);
    expect(runs).toEqual([]);
    clock.advance(1);
    await eventually("the first run", SOON_MS, () => runs.length === 1);
    await someLooks(store, clock);
    clock.advance(HOUR);
    await eventually("the second run", SOON_MS, () => runs.length === 2);
    expect(runs).toEqual([NOON + HOUR, NOON + 2 * HOUR]);
  });

  test("that was missed while no process ran is made up at the start, once however often it was due", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const first = startProcess(store, clock);
    await first.jobs.run("purge");
    await first.jobs[Symbol.asyncDispose]();
    clock.advance(30 * HOUR);
    const second = startProcess(store, clock);
    await eventually("the missed run", SOON_MS, () => second.runs.length === 1);
    await someLooks(store, clock);
    expect(second.runs).toHaveLength(1);
  });

  test("is run when its time comes although the clock was turned back", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const { runs, jobs } = startProcess(store, clock);
    await jobs.run("purge");
    clock.advance(-24 * HOUR);
    await someLooks(store, clock);
    clock.advance(HOUR);
    await eventually("the next run", SOON_MS, () => runs.length === 2);
  });

  test("that fails is told, and tried again", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const failures: JobName[] = [];
    const { runs } = startProcess(store, clock, {
      run: async () => {
        if (runs.length === 1) throw new Error("not today");
      },
      onFailure: (name) => failures.push(name),
    });
    clock.advance(HOUR);
    await eventually("the first try", SOON_MS, () => runs.length === 1);
    await someLooks(store, clock);
    expect(runs).toHaveLength(1);
    clock.advance(5_000);
    await eventually("the second try", SOON_MS, () => runs.length === 2);
    clock.advance(5_000);
    await someLooks(store, clock);
    expect(runs).toHaveLength(2);
    expect(failures).toEqual(["purge"]);
  });

  test("is run by one of two processes", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const [one, two] = ["one", "two"].map((holder) => startProcess(store, clock, { holder })) as [Process, Process];
    clock.advance(HOUR);
    await eventually("a run", SOON_MS, () => one.runs.length + two.runs.length === 1);
    await someLooks(store, clock);
    expect(one.runs.length + two.runs.length).toBe(1);
  });

  test("is stopped with its process, which waits for it, and is due again", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    let hasEnded = false;
    const first = startProcess(store, clock, {
      run: async (signal) => {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        hasEnded = true;
      },
    });
    clock.advance(HOUR);
    await eventually("a run", SOON_MS, () => first.runs.length === 1);
    await first.jobs[Symbol.asyncDispose]();
    expect(hasEnded).toBe(true);
    const second = startProcess(store, clock);
    await eventually("the run again", SOON_MS, () => second.runs.length === 1);
  });
});

describe("a lease", () => {
  test("is one process's at a time, also while it is renewed, and free when its work ends or throws", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const [one, two] = ["one", "two"].map((holder) =>
      createLeases({ kv: store.kv, clock, log: silentLog, holder }),
    ) as [ReturnType<typeof createLeases>, ReturnType<typeof createLeases>];
    const never = new AbortController().signal;
    const gate = Promise.withResolvers<void>();
    const held = one.hold("purge", never, () => gate.promise.then(() => "done"));
    await eventually("it is held", SOON_MS, () => store.kv.get("job:purge"));
    expect(await two.hold("purge", never, async () => "no")).toBeUndefined();
    gate.resolve();
    expect(await held).toBe("done");
    expect(await two.hold("purge", never, async () => "yes")).toBe("yes");
    const failed = two.hold("purge", never, () => Promise.reject(new Error("broken")));
    expect(await failed.catch((error: Error) => error.message)).toBe("broken");
    expect(await one.hold("purge", never, async () => "mine")).toBe("mine");
  });

  test("of a process that was killed runs out by itself", async () => {
    const { store } = await openStore();
    const clock = createTestClock();
    const nowMs = clock.now();
    await store.kv.takeLease({ key: "job:purge", holder: "killed", nowMs, expiresAtMs: nowMs + 15_000 });
    const leases = createLeases({ kv: store.kv, clock, log: silentLog, holder: "other" });
    const never = new AbortController().signal;
    expect(await leases.hold("purge", never, async () => 1)).toBeUndefined();
    clock.advance(15_000);
    expect(await leases.hold("purge", never, async () => 1)).toBe(1);
  });
});

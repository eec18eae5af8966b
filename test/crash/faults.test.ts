import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { inspectFile, readAllEvents } from "./support/inspect.ts";
import { createLedger, judge, KEPT, type Ledger, type Verdict } from "./support/ledger.ts";
import { chooseSeed, createRandom, type Random } from "./support/random.ts";
import { startHastyProxy, startServer } from "./support/server.ts";
import { straceCommand } from "./support/trace.ts";
import { applyLoad, OPERATIONS, type Operation, postSingle } from "./support/workload.ts";

const SEEDS = Number(process.env.FOOTFALL_CRASH_FAULTS ?? 4);
const WRITERS = 16;
const LOAD_MS = [300, 900] as const;
const TIMEOUT_MS = 30_000 + SEEDS * 10_000;

/** What a write may be answered that fails: with the time after which to try again. */
const REFUSALS = [503, 507];

/** What fails, and on which of the database's files. */
interface Fault {
  readonly calls: readonly string[];
  readonly error: "EIO" | "ENOSPC";
  readonly suffix: "" | "-wal";
  /** Which calls of a thread, in the tracer's words. */
  readonly when: string;
}

/** As many events as one request may bring, and as many such requests as one commit takes: all others wait. */
const EVENTS_OF_REQUEST = 1_000;
const REQUESTS_OF_BATCH = 10;

const VISITOR = { sessionId: "s", visitorId: "v" };

const SYNCS = ["fsync", "fdatasync"];
const WRITES = ["pwrite64", "pwritev"];

function chooseFault(random: Random): Fault {
  const calls = random.pick([SYNCS, WRITES]) ?? SYNCS;
  // Mostly the log: it is what acknowledgements rest on. The file itself is written by checkpoints only.
  const suffix = random.between(1, 4) === 1 ? "" : "-wal";
  const from = suffix === "" ? random.between(1, 30) : random.between(20, 300);
  const to = from + random.between(0, 20);
  return {
    calls,
    error: random.pick(["EIO", calls === SYNCS ? "EIO" : "ENOSPC"] as const) ?? "EIO",
    suffix,
    when: random.pick([`${from}..${to}`, `${from}+${random.between(2, 40)}`, `${from}+`]) ?? `${from}+`,
  };
}

const words = (path: string, { calls, error, suffix, when }: Fault): string[] =>
  straceCommand("/dev/null", calls, [
    "-P",
    path + suffix,
    "-e",
    `inject=${calls.join(",")}:error=${error}:when=${when}`,
  ]);

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Uses a server whose disk fails, kills it, and looks what is there. */
async function useFailing(
  name: string,
  ledger: Ledger,
  random: Random,
  options: { fault: Fault; operations: readonly Operation[]; isHasty?: boolean },
): Promise<Verdict & { readonly exit: string | null }> {
  const database = join(folder, `${name}.db`);
  // With the tables in it: a disk that fails at the first start is another matter.
  await (await startServer(database)).stop();
  const failing = await startServer(database, { under: words(database, options.fault), readyWithinMs: 30_000 });
  const used = options.isHasty ? await startHastyProxy(failing) : failing;
  const done = new AbortController();
  const { url, trackingCode } = used;
  const load = applyLoad({
    url,
    trackingCode,
    ledger,
    random,
    writers: WRITERS,
    refusals: REFUSALS,
    operations: options.operations,
    until: done.signal,
  });
  await Bun.sleep(random.between(...LOAD_MS));
  done.abort();
  await load;
  const exit = failing.process.exitCode === null ? null : `${failing.process.exitCode}: ${failing.stderr()}`;
  if (exit === null && !options.isHasty) {
    // Reading goes on, whatever cannot be written.
    const list = await failing.request(`/api/v1/events?trackingCode=${trackingCode}&limit=1`);
    await list.text();
    if (list.status !== 200) ledger.report(`the list answers ${list.status} on a failing disk`);
  }
  await used.kill();
  const server = await startServer(database);
  const { events } = await readAllEvents(server, server.trackingCode);
  await server.stop();
  const { integrity, events: stored, totals } = inspectFile(database);
  if (integrity.join() !== "ok") ledger.report(`the file is damaged: ${integrity.join("; ")}`);
  if (stored !== events.length || totals !== stored)
    ledger.report(`counts differ: ${stored}, ${totals}, ${events.length}`);
  return { ...judge(ledger, events), exit };
}

const describeFault = ({ calls, error, suffix, when }: Fault): string =>
  `${error} of ${calls[0]} on the ${suffix === "" ? "file" : "log"}, call ${when}`;

describe("a disk whose syncs and writes fail", () => {
  test(
    "makes no answer untrue: what was acknowledged is there, and what could not be stored was refused",
    async () => {
      const seed = chooseSeed();
      const random = createRandom(seed);
      let acknowledged = 0;
      let refused = 0;
      for (let number = 1; number <= SEEDS; number++) {
        const fault = chooseFault(random);
        const ledger = createLedger(`fault-${number}`, random.fork());
        const verdict = await useFailing(`fault-${number}`, ledger, random, { fault, operations: OPERATIONS });
        acknowledged += verdict.acknowledged;
        for (const status of REFUSALS) refused += ledger.statuses.get(status) ?? 0;
        expect({ fault: describeFault(fault), ...verdict }).toMatchObject({ ...KEPT, exit: null });
      }
      console.info(
        `${SEEDS} failing disks (seed ${seed}): ${acknowledged} events acknowledged, ${refused} refused, 0 lost`,
      );
      expect(acknowledged).toBeGreaterThan(SEEDS);
    },
    TIMEOUT_MS,
  );

  test("is 503 for who writes and no reason not to read, and is told in the log", async () => {
    const database = join(folder, "told.db");
    await (await startServer(database)).stop();
    const fault: Fault = { calls: SYNCS, error: "EIO", suffix: "-wal", when: "5+" };
    const server = await startServer(database, { under: words(database, fault), readyWithinMs: 30_000 });
    const event = { trackingCode: server.trackingCode, eventType: "click", url: "https://a.example/", ...VISITOR };
    const answers: Response[] = [];
    for (let number = 1; number <= 20; number++) answers.push(await server.request("/api/v1/events", { json: event }));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThan(10);
    for (const answer of refused) {
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
      expect(await answer.json()).toEqual({ error: "OVERLOADED", message: "The server's disk fails; try again" });
    }
    const list = await server.request(`/api/v1/events?trackingCode=${server.trackingCode}`);
    expect(((await list.json()) as { events: unknown[] }).events).toHaveLength(answers.length - refused.length);
    await server.kill();
    const lines = server
      .stderr()
      .split("\n")
      .filter((line) => line.includes("the disk fails"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("SQLITE_IOERR");
  }, 60_000);

  test("costs the batch alone that met the failure: what waits behind it is stored", async () => {
    const database = join(folder, "behind.db");
    await (await startServer(database)).stop();
    // One sync fails, and takes so long that everybody else is waiting by then.
    const fault = [...words(database, { calls: SYNCS, error: "EIO", suffix: "-wal", when: "12" })];
    const server = await startServer(database, {
      under: fault.map((word) => word.replace("error=EIO", "error=EIO:delay_enter=2000000")),
      readyWithinMs: 30_000,
    });
    const event = { trackingCode: server.trackingCode, eventType: "click", url: "https://a.example/", ...VISITOR };
    const json = { events: Array.from({ length: EVENTS_OF_REQUEST }, () => event) };
    let stored = 0;
    let refused = 0;
    const send = async () => {
      while (refused === 0) {
        const { status } = await server.request("/api/v1/events/batch", { json });
        if (status === 201) stored += EVENTS_OF_REQUEST;
        else refused += 1;
      }
    };
    await Promise.all(Array.from({ length: 3 * REQUESTS_OF_BATCH }, send));
    expect(refused).toBeWithin(1, REQUESTS_OF_BATCH + 1);
    await server.kill();
    expect(inspectFile(database)).toMatchObject({ integrity: ["ok"], events: stored });
  }, 60_000);

  test("control: a server that acknowledges before it stores is found out", async () => {
    const random = createRandom(chooseSeed());
    const fault: Fault = { calls: SYNCS, error: "EIO", suffix: "-wal", when: "30+" };
    const verdict = await useFailing("control", createLedger("control", random.fork()), random, {
      fault,
      operations: [postSingle],
      isHasty: true,
    });
    console.info(`control: ${verdict.lost.length} of ${verdict.acknowledged} acknowledged events lost`);
    expect(verdict.lost.length).toBeGreaterThan(0);
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { inspectFile, readAllEvents } from "./support/inspect.ts";
import { createLedger, judge, KEPT, type Ledger } from "./support/ledger.ts";
import { chooseSeed, createRandom, type Random } from "./support/random.ts";
import { type StartedServer, startHastyProxy, startServer, waitUntil } from "./support/server.ts";
import { canMountSmallDisk, mountSmallDisk, type SmallDisk } from "./support/small-disk.ts";
import { straceCommand } from "./support/trace.ts";
import { applyLoad, postSingle } from "./support/workload.ts";

const CONNECTIONS = 16;
const DISK_MEGABYTES = 32;
const FILLINGS = 3;

/** As long as the disk stays full: several of the server's measurements. */
const FULL_MS = 800;

/** After space is there again, writes must work again within this time. */
const RECOVERED_WITHIN_MS = 5_000;

/** What a write may be answered while there is no space. */
const REFUSALS = [503, 507];

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const canMount = canMountSmallDisk();
if (!canMount) console.warn("No disk can be mounted here (it takes root or sudo): a tracer's ENOSPC stands for it");

describe("a full disk", () => {
  if (canMount) {
    test("is answered 507, stops no read, loses nothing, and is recovered from", async () => {
      const seed = chooseSeed();
      const ledger = createLedger("full", createRandom(seed));
      const recoveredMs = await fillRealDisk(ledger, createRandom(seed));
      console.info(
        `full disk (seed ${seed}): ${describeLedger(ledger)}; writes again after ${Math.max(...recoveredMs).toFixed(0)} ms at most`,
      );
      expect(recoveredMs).toHaveLength(FILLINGS);
      expect(Math.max(...recoveredMs)).toBeLessThan(RECOVERED_WITHIN_MS);
    }, 60_000);

    test("is no reason not to start: what is there can be read", async () => {
      const ledger = createLedger("start", createRandom(chooseSeed()));
      await using disk = await mountSmallDisk(join(folder, "start"), DISK_MEGABYTES);
      const server = await startServer(join(disk.folder, "full.db"));
      const done = new AbortController();
      const load = useServer(server, ledger, createRandom(chooseSeed()), done.signal);
      await waitUntilWritten(ledger);
      done.abort();
      await load;
      disk.fill();
      await server.kill();
      const onFullDisk = await startServer(server.database);
      await checkReads(onFullDisk);
      disk.free();
      await checkKept(onFullDisk, ledger);
    }, 60_000);
  }

  test("is the same where the server sees space enough and every write fails", async () => {
    const seed = chooseSeed();
    const ledger = createLedger("failing", createRandom(seed));
    await failWrites(ledger, createRandom(seed));
    console.info(`failing writes (seed ${seed}): ${describeLedger(ledger)}`);
  }, 60_000);

  test("control: a server that acknowledges before it stores is found out", async () => {
    const random = createRandom(chooseSeed());
    const ledger = createLedger("control", random.fork());
    const database = join(folder, "control.db");
    const failing = await startServer(database, { under: failingWrites(`${database}-wal`, "400+") });
    const hasty = await startHastyProxy(failing);
    const done = new AbortController();
    const load = useServer(hasty, ledger, random, done.signal, [postSingle]);
    await waitUntil("events are stored and refused", 10_000, async () => {
      const { total } = await readAllEvents(failing, failing.trackingCode);
      return total > 0 && ledger.acknowledged.size > 2_000;
    });
    done.abort();
    await load;
    await hasty.kill();
    const server = await startServer(database);
    const { events } = await readAllEvents(server, server.trackingCode);
    await server.kill();
    const { lost, acknowledged } = judge(ledger, events);
    console.info(`control: ${lost.length} of ${acknowledged} acknowledged events lost`);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(acknowledged);
  }, 60_000);
});

/** Fills a disk to the last byte while it is written, several times. */
async function fillRealDisk(ledger: Ledger, random: Random): Promise<readonly number[]> {
  await using disk = await mountSmallDisk(join(folder, "disk"), DISK_MEGABYTES);
  const database = join(disk.folder, "full.db");
  const server = await startServer(database);
  const recoveredMs: number[] = [];
  const done = new AbortController();
  const load = useServer(server, ledger, random, done.signal);
  for (let filling = 1; filling <= FILLINGS; filling++) {
    await waitUntilWritten(ledger);
    recoveredMs.push(await fillAndFree(server, disk, ledger));
  }
  done.abort();
  await load;
  await checkKept(server, ledger);
  return recoveredMs;
}

/** @returns ms from the moment that space is there to the next stored event. */
async function fillAndFree(server: StartedServer, disk: SmallDisk, ledger: Ledger): Promise<number> {
  const refused = countRefused(ledger);
  disk.fill();
  await waitUntil("writes are refused", 5_000, () => countRefused(ledger) > refused);
  const fullUntil = performance.now() + FULL_MS;
  while (performance.now() < fullUntil) await checkReads(server);
  disk.free();
  const freedAt = performance.now();
  await waitUntilWritten(ledger);
  return performance.now() - freedAt;
}

/** Lets writes of the log fail from a certain one on, a dozen times. */
async function failWrites(ledger: Ledger, random: Random): Promise<void> {
  const database = join(folder, "failing.db");
  const server = await startServer(database, { under: failingWrites(`${database}-wal`, "1000..1012") });
  const done = new AbortController();
  const load = useServer(server, ledger, random, done.signal);
  await waitUntil("writes are refused", 20_000, () => countRefused(ledger) > 0);
  await checkReads(server);
  await waitUntil("writes work again", 20_000, async () => {
    const refused = countRefused(ledger);
    await waitUntilWritten(ledger);
    return countRefused(ledger) === refused;
  });
  done.abort();
  await load;
  await checkKept(server, ledger);
}

const countRefused = (ledger: Ledger): number => ledger.statuses.get(507) ?? 0;

const describeLedger = (ledger: Ledger): string =>
  `${ledger.acknowledged.size} events acknowledged, ${countRefused(ledger)} answers 507`;

/** A tracer's words that let writes to one file fail; `when` counts them, per thread. */
const failingWrites = (path: string, when: string): string[] =>
  straceCommand("/dev/null", ["pwrite64"], ["-P", path, "-e", `inject=pwrite64:error=ENOSPC:when=${when}`]);

function useServer(
  { url, trackingCode }: StartedServer,
  ledger: Ledger,
  random: Random,
  until: AbortSignal,
  operations?: Parameters<typeof applyLoad>[0]["operations"],
) {
  return applyLoad({
    url,
    trackingCode,
    ledger,
    random,
    until,
    writers: CONNECTIONS,
    refusals: REFUSALS,
    ...(operations ? { operations } : {}),
  });
}

/** Waits until more events were stored than when it was called. */
async function waitUntilWritten(ledger: Ledger): Promise<void> {
  const before = ledger.acknowledged.size;
  await waitUntil("events are stored", 10_000, () => ledger.acknowledged.size > before + CONNECTIONS);
}

async function checkReads(server: StartedServer): Promise<void> {
  const list = await server.request(`/api/v1/events?trackingCode=${server.trackingCode}`);
  const { events } = (await list.json()) as { events: { id: string }[] };
  const first = await server.request(`/api/v1/events/${events[0]?.id}`);
  await first.text();
  expect([list.status, first.status]).toEqual([200, 200]);
}

/** Everything that was acknowledged is there, also after the server has gone the hard way. */
async function checkKept(server: StartedServer, ledger: Ledger): Promise<void> {
  await server.kill();
  const next = await startServer(server.database);
  const { events } = await readAllEvents(next, next.trackingCode);
  expect(judge(ledger, events)).toMatchObject(KEPT);
  expect(inspectFile(server.database)).toMatchObject({ integrity: ["ok"], events: events.length });
  await next.kill();
}

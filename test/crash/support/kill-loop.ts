import { inspectFile, readAllEvents } from "./inspect.ts";
import { createLedger, judge, type Ledger, type Verdict } from "./ledger.ts";
import { createRandom, type Random } from "./random.ts";
import { READY_WITHIN_MS, type StartedServer } from "./server.ts";
import { applyLoad, type Operation } from "./workload.ts";

/** What is killed: a server, or a server with something in front of it. */
export type Victim = Pick<StartedServer, "url" | "trackingCode" | "request" | "readyMs" | "kill" | "stop">;

export interface KillLoopOptions {
  readonly loops: number;
  readonly writers: number;
  readonly seed: number;
  readonly database: string;
  readonly operations?: readonly Operation[];
  /** Starts a server on the database. */
  start(): Promise<Victim>;
  /** Begins a start without waiting for it, and kills it after some ms. */
  killWhileStarting?(afterMs: number): Promise<void>;
}

export interface KillLoopResult {
  readonly verdict: Verdict;
  /** How long each restart took until the server was ready, shortest first. */
  readonly readyMs: readonly number[];
}

/** How long a server is used before it is killed. */
const LOAD_MS = [20, 900] as const;

/** In one of this many loops, the writers finish first: the log is being moved into the file when the kill comes. */
const QUIET_EVERY = 4;
const QUIET_MS = [0, 600] as const;

/** In one of this many loops, the next start is killed too, while it repairs what the last kill left. */
const DOUBLE_EVERY = 3;
const START_MS = [0, 500] as const;

/** After each restart, this many of the latest acknowledged events are looked up by their ids. */
const LOOKED_UP = 100;

/**
 * Starts a server, uses it, kills it at a random moment, and again; then compares everything that
 * was acknowledged with everything that is there.
 */
export async function runKillLoops(options: KillLoopOptions): Promise<KillLoopResult> {
  const { loops, database } = options;
  const random = createRandom(options.seed);
  const ledger = createLedger("kill", random.fork());
  const readyMs: number[] = [];

  async function restart(): Promise<Victim> {
    const victim = await options.start();
    readyMs.push(victim.readyMs);
    await checkLatest(victim, ledger);
    return victim;
  }

  for (let loop = 1; loop <= loops; loop++) {
    const victim = await restart();
    await checkTotals(victim, database, ledger);
    await useAndKill(victim, ledger, random, { ...options, isQuiet: loop % QUIET_EVERY === 0 });
    if (loop % DOUBLE_EVERY === 0) await options.killWhileStarting?.(random.between(...START_MS));
  }

  const survivor = await restart();
  await checkTotals(survivor, database, ledger);
  const { events, total } = await readAllEvents(survivor, survivor.trackingCode);
  if (total !== events.length) ledger.report(`the list states ${total} events and gives ${events.length}`);
  await survivor.stop();
  return { verdict: judge(ledger, events), readyMs: readyMs.sort((a, b) => a - b) };
}

async function useAndKill(
  victim: Victim,
  ledger: Ledger,
  random: Random,
  options: KillLoopOptions & { isQuiet: boolean },
): Promise<void> {
  const { writers, operations, isQuiet } = options;
  const { url, trackingCode } = victim;
  const quiet = new AbortController();
  const load = applyLoad({
    url,
    trackingCode,
    ledger,
    random,
    writers,
    until: quiet.signal,
    ...(operations ? { operations } : {}),
  });
  await Bun.sleep(random.between(...LOAD_MS));
  if (isQuiet) {
    quiet.abort();
    await load;
    await Bun.sleep(random.between(...QUIET_MS));
  }
  await victim.kill();
  const { broken } = await load;
  const expected = isQuiet ? 0 : writers;
  if (broken.length !== expected) ledger.report(`${broken.length} of ${expected} connections broke`);
}

/** What was acknowledged last is most at risk. */
async function checkLatest(victim: Victim, ledger: Ledger): Promise<void> {
  for (const [event, id] of [...ledger.acknowledged].slice(-LOOKED_UP)) {
    if (ledger.deletions.get(event) === false) continue;
    const answer = await victim.request(`/api/v1/events/${id}`);
    const found = (await answer.json()) as { sessionId?: string };
    const expected = ledger.deletions.has(event) ? undefined : event.sessionId;
    if (found.sessionId !== expected) ledger.report(`${id} answers ${answer.status} after a restart`);
  }
}

/** The counters, the list's total and the rows agree, and the file is sound. */
async function checkTotals(victim: Victim, database: string, ledger: Ledger): Promise<void> {
  const answer = await victim.request(`/api/v1/events?trackingCode=${victim.trackingCode}&limit=1`);
  const { pagination } = (await answer.json()) as { pagination: { total: number } };
  const found = inspectFile(database);
  const counts = new Set([pagination.total, found.events, found.totals, found.dayCounts]);
  if (counts.size > 1) ledger.report(`counts differ: the list says ${pagination.total}, ${JSON.stringify(found)}`);
  if (found.repeatedKeys > 0) ledger.report(`${found.repeatedKeys} event ids are stored twice`);
  if (found.integrity.join() !== "ok") ledger.report(`the file is damaged: ${found.integrity.join("; ")}`);
}

/** For the line that a test prints. */
export function describeRestarts(readyMs: readonly number[]): string {
  const median = readyMs[readyMs.length >> 1] ?? Number.NaN;
  const longest = readyMs.at(-1) ?? Number.NaN;
  return `ready again after ${median.toFixed(0)} ms (median), ${longest.toFixed(0)} ms (longest), ${READY_WITHIN_MS} allowed`;
}

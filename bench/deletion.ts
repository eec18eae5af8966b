import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isReclaiming, makeDue } from "./deletion/database.ts";
import { MODES, measureSecureDelete, type SecureDeleteResult } from "./deletion/secure-delete.ts";
import { type DeletionState, type MeasuredSite, openSite } from "./deletion/site.ts";
import { type LoadResult, loadGenerator } from "./load.ts";
import { KEY, type MeasuredServer, startFootfallOn } from "./servers.ts";
import { LATEST } from "./workloads.ts";

/**
 * `bun bench/deletion.ts [--quick]`: what deleting costs those who post and read meanwhile, at the cap of a million
 * events that wait, and what overwriting removed rows costs. It measures `dist/footfall` and never fails on a time.
 */
const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const SCALE = flags.quick ? 0.1 : 1;
const CLICKS = 700_000 * SCALE;
const CUSTOM = 300_000 * SCALE;
const VIEWS = 100_000 * SCALE;
const CAP = CLICKS + CUSTOM;
const SECURE_EVENTS = 100_000 * SCALE;
const ROUNDS = 5;
const SECONDS = flags.quick ? 2 : 5;
const BESIDE_SECONDS = flags.quick ? 2 : 10;
const WATCH_EVERY_MS = 100;
const FIRST_EVENT = Date.UTC(2025, 0, 1);

const rows: { what: string; value: string }[] = [];
function note(what: string, value: string): void {
  rows.push({ what, value });
  console.log(`| ${what} | ${value} |`);
}
const count = (n: number): string => Math.round(n).toLocaleString("en");
const ms = (n: number): string => `${n.toFixed(2)} ms`;
const describe = ({ requestsPerSecond, p50, p99 }: LoadResult): string =>
  `${count(requestsPerSecond)}/s, p50 ${ms(p50)}, p99 ${ms(p99)}`;

const sleep = (): Promise<void> => Bun.sleep(WATCH_EVERY_MS);
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function measureModes(): Promise<void> {
  const results: SecureDeleteResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const mode of MODES) results.push(await measureSecureDelete(mode, SECURE_EVENTS));
  }
  for (const mode of MODES) {
    const own = results.filter((result) => result.mode === mode);
    // The best of all rounds: neighbours on the machine only take away.
    const inserts = Math.max(...own.map(({ insertsPerSecond }) => insertsPerSecond));
    const purges = Math.max(...own.map(({ purgesPerSecond }) => purgesPerSecond));
    note(`secure_delete = ${mode}`, `${count(inserts)} inserts/s, ${count(purges)} purged/s`);
  }
}

function listLatest(server: MeasuredServer, { trackingCode }: MeasuredSite): Promise<LoadResult> {
  const options = { origin: server.origin, workload: LATEST, trackingCode, key: KEY, seconds: SECONDS };
  return loadGenerator.run(options);
}

/** Posts while `work` goes on, or for some seconds; how long the posts took. */
async function notePosts(site: MeasuredSite, beside: string, work?: (signal: AbortSignal) => Promise<void>) {
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), BESIDE_SECONDS * 1_000);
  const posting = site.postUntil(enough.signal);
  await work?.(enough.signal);
  if (work) enough.abort();
  const times = (await posting).toSorted((a, b) => a - b);
  clearTimeout(timer);
  const at = (share: number) => ms(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN);
  note(`posts beside ${beside}`, `${count(times.length)}: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`);
}

/** Watches what is done, with posts beside it for a while and then alone, until `doneOf` gives null. */
async function noteWork(site: MeasuredSite, what: string, doneOf: () => Promise<number | null>): Promise<void> {
  let done: number | null = await doneOf();
  const rateUntil = async (signal: AbortSignal | null) => {
    const [from, startedAt] = [done ?? 0, performance.now()];
    let [last, lastAt] = [from, startedAt];
    while (done !== null && !signal?.aborted) {
      await sleep();
      done = await doneOf();
      if (done !== null) [last, lastAt] = [done, performance.now()];
    }
    return `${count(((last - from) * 1_000) / (lastAt - startedAt))} events/s`;
  };
  let beside = "";
  await notePosts(site, what, async (signal) => {
    beside = await rateUntil(signal);
  });
  note(`${what} beside them`, beside);
  if (done !== null) note(`${what} alone`, await rateUntil(null));
}

const until =
  (site: MeasuredSite, path: string, states: readonly string[], done: (state: DeletionState) => number) => async () => {
    const state = await site.watch(path);
    return states.includes(state.status) ? done(state) : null;
  };

async function timeOf(work: () => Promise<Response>): Promise<{ readonly took: number; readonly answer: Response }> {
  const startedAt = performance.now();
  const answer = await work();
  await answer.text();
  return { took: performance.now() - startedAt, answer };
}

/** The ids of some events that are not deleted, oldest first. */
async function someIds(site: MeasuredSite, limit: number): Promise<string[]> {
  const answer = await site.request(
    `/api/v1/events?trackingCode=${site.trackingCode}&order=asc&count=false&limit=${limit}`,
  );
  return ((await answer.json()) as { events: { id: string }[] }).events.map(({ id }) => id);
}

/** Deletes single events until the cap refuses one; how long each took, and what the refusal says. */
async function deleteSingly(site: MeasuredSite, ids: readonly string[]) {
  const times: number[] = [];
  for (const id of ids) {
    const { took, answer } = await timeOf(() => site.request(`/api/v1/events/${id}`, { method: "DELETE" }));
    if (answer.status !== 200) return { times, status: answer.status, retryAfter: answer.headers.get("retry-after") };
    times.push(took);
  }
  return { times, status: 200, retryAfter: null };
}

async function measureMarking(database: string): Promise<string[]> {
  await using server = await startFootfallOn(database, { FOOTFALL_MAX_PENDING_DELETIONS: String(CAP) });
  const site = await openSite(server);
  await site.fill("pageview", VIEWS, FIRST_EVENT);
  await site.fill("custom", CUSTOM, FIRST_EVENT + VIEWS * 1_000);
  await site.fill("click", CLICKS, FIRST_EVENT + (VIEWS + CUSTOM) * 1_000);
  note("events, bytes", `${count(CAP + VIEWS)}, ${count(statSync(database).size / (CAP + VIEWS))} each`);
  note(`latest 100 of ${count(CAP + VIEWS)}, nothing deleted`, describe(await listLatest(server, site)));
  await notePosts(site, "nothing else");
  const ids = await someIds(site, 1_000);
  note("deletion of one event, nothing waits", ms(median((await deleteSingly(site, ids.slice(0, 100))).times)));

  const marking = await site.delete({ eventType: "click" });
  note(`latest 100 while ${count(CLICKS)} are being marked`, describe(await listLatest(server, site)));
  const marked = until(site, marking, ["deleting"], ({ events }) => events);
  await noteWork(site, "marking", marked);
  note(`latest 100 behind ${count(CLICKS)} marked events`, describe(await listLatest(server, site)));

  // One short of the cap, filled up by single ones.
  const rest = await site.delete({ eventType: "custom", from: String(FIRST_EVENT + (VIEWS + 600) * 1_000) });
  while ((await site.watch(rest)).status === "deleting") await sleep();
  const single = await deleteSingly(site, ids.slice(100));
  note(`deletion of one event, ${count(CAP)} wait`, ms(median(single.times)));
  note(`the one after ${count(CAP)}`, `${single.status}, Retry-After ${single.retryAfter} s`);
  return [marking, rest];
}

async function measurePurge(database: string, deletions: readonly string[]): Promise<void> {
  makeDue(database);
  const bytes = statSync(database).size;
  await using server = await startFootfallOn(database, {
    FOOTFALL_MAX_PENDING_DELETIONS: String(CAP),
    FOOTFALL_PURGE_CRON: "* * * * * *",
  });
  const site = await openSite(server);
  const purged = async () => {
    const states = await Promise.all(deletions.map((path) => site.watch(path)));
    const isDone = states.every(({ status }) => status === "purged");
    return isDone ? null : states.reduce((sum, state) => sum + state.purged, 0);
  };
  await noteWork(site, "the purge", purged);
  const reclaimedFrom = performance.now();
  await notePosts(site, "overwriting and giving space back", async () => {
    while (isReclaiming(database)) await sleep();
  });
  note("overwriting and giving space back took", `${((performance.now() - reclaimedFrom) / 1_000).toFixed(1)} s`);
  note("file before and after", `${count(bytes / 2 ** 20)} and ${count(statSync(database).size / 2 ** 20)} MiB`);
  const [id] = await someIds(site, 1);
  const { status } = await site.request(`/api/v1/events/${id}`, { method: "DELETE" });
  note("deletion of one event after the purge", String(status));
}

const folder = mkdtempSync(join(tmpdir(), "footfall-bench-"));
try {
  console.log(`| what | measured |\n| --- | --- |`);
  await measureModes();
  const database = join(folder, "footfall.db");
  await measurePurge(database, await measureMarking(database));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const results = join(import.meta.dir, "results");
mkdirSync(results, { recursive: true });
const file = join(results, `${new Date().toISOString().slice(0, 10)}-deletion${flags.quick ? "-quick" : ""}.json`);
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, bun: Bun.version, load: loadGenerator.name };
await Bun.write(file, `${JSON.stringify({ machine, rows }, null, 2)}\n`);

import { Database } from "bun:sqlite";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MODES, measureSecureDelete, type SecureDeleteResult } from "./deletion/secure-delete.ts";
import { type DeletionState, type MeasuredSite, openSite } from "./deletion/site.ts";
import { type LoadResult, loadGenerator } from "./load.ts";
import { KEY, type MeasuredServer, startFootfallOn } from "./servers.ts";
import { LATEST, SINGLE, type Workload } from "./workloads.ts";

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
const WINDOW_SECONDS = flags.quick ? 2 : 5;
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

function loadOf(server: MeasuredServer, site: MeasuredSite) {
  return (workload: Workload): Promise<LoadResult> =>
    loadGenerator.run({
      origin: server.origin,
      workload,
      trackingCode: workload.method === "GET" ? site.trackingCode : site.otherCode,
      key: KEY,
      seconds: WINDOW_SECONDS,
    });
}

interface Watched {
  /** Windows of load that ended before what was watched did. */
  readonly windows: readonly LoadResult[];
  readonly perSecondBesideLoad: number;
  readonly perSecondAlone: number;
}

/** Puts load on a server for a few windows, and then leaves it alone, until `doneOf` gives null. */
async function watchBesideLoad(
  load: () => Promise<LoadResult>,
  doneOf: () => Promise<number | null>,
  windowsAtMost: number,
): Promise<Watched> {
  const windows: LoadResult[] = [];
  const startedAt = performance.now();
  const before = (await doneOf()) ?? 0;
  let done: number | null = before;
  let last = before;
  while (windows.length < windowsAtMost && done !== null) {
    const window = await load();
    done = await doneOf();
    if (done !== null) {
      windows.push(window);
      last = done;
    }
  }
  const perSecondBesideLoad = ((last - before) * 1_000) / (performance.now() - startedAt);
  const aloneFrom = performance.now();
  const alone = last;
  let lastAt = aloneFrom;
  while (done !== null) {
    await sleep();
    done = await doneOf();
    if (done !== null) [last, lastAt] = [done, performance.now()];
  }
  return { windows, perSecondBesideLoad, perSecondAlone: ((last - alone) * 1_000) / (lastAt - aloneFrom) };
}

const until =
  (site: MeasuredSite, path: string, states: readonly string[], done: (state: DeletionState) => number) => async () => {
    const state = await site.watch(path);
    return states.includes(state.status) ? done(state) : null;
  };

function noteWatched(what: string, { windows, perSecondBesideLoad, perSecondAlone }: Watched): void {
  for (const window of windows) note(`posts beside ${what}`, describe(window));
  if (windows.length > 0) note(`${what} beside them`, `${count(perSecondBesideLoad)} events/s`);
  note(`${what} alone`, `${count(perSecondAlone)} events/s`);
}

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
  const load = loadOf(server, site);
  await site.fill("pageview", VIEWS, FIRST_EVENT);
  await site.fill("custom", CUSTOM, FIRST_EVENT + VIEWS * 1_000);
  await site.fill("click", CLICKS, FIRST_EVENT + (VIEWS + CUSTOM) * 1_000);
  note("events, bytes", `${count(CAP + VIEWS)}, ${count(statSync(database).size / (CAP + VIEWS))} each`);
  note(`latest 100 of ${count(CAP + VIEWS)}, nothing deleted`, describe(await load(LATEST)));
  note("posts, nothing else going on", describe(await load(SINGLE)));
  const ids = await someIds(site, 1_000);
  note("deletion of one event, nothing waits", ms(median((await deleteSingly(site, ids.slice(0, 100))).times)));

  const marking = await site.delete({ eventType: "click" });
  note(`latest 100 while ${count(CLICKS)} are being marked`, describe(await load(LATEST)));
  const marked = until(site, marking, ["deleting"], ({ events }) => events);
  noteWatched("marking", await watchBesideLoad(() => load(SINGLE), marked, 3));
  note(`latest 100 behind ${count(CLICKS)} marked events`, describe(await load(LATEST)));

  // One short of the cap, filled up by single ones.
  const rest = await site.delete({ eventType: "custom", from: String(FIRST_EVENT + (VIEWS + 600) * 1_000) });
  while ((await site.watch(rest)).status === "deleting") await sleep();
  const single = await deleteSingly(site, ids.slice(100));
  note(`deletion of one event, ${count(CAP)} wait`, ms(median(single.times)));
  note(`the one after ${count(CAP)}`, `${single.status}, Retry-After ${single.retryAfter} s`);
  return [marking, rest];
}

/** The purge of all that waits is due at once. */
function makeDue(database: string): void {
  using db = new Database(database);
  db.run("UPDATE deletions SET purge_at = 1");
  db.run("DELETE FROM pending_deletions");
  db.run("INSERT INTO pending_deletions SELECT 1, sum(events - restored - purged) FROM deletions");
}

/** What waits for its purge, null when nothing does; of a server that runs, so by another process. */
async function sqlite(database: string, sql: string): Promise<string> {
  const child = Bun.spawn(["sqlite3", "-readonly", database, sql], { stdout: "pipe", stderr: "inherit" });
  return (await new Response(child.stdout).text()).trim();
}

async function measurePurge(database: string, deletions: readonly string[]): Promise<void> {
  makeDue(database);
  const bytes = statSync(database).size;
  await using server = await startFootfallOn(database, {
    FOOTFALL_MAX_PENDING_DELETIONS: String(CAP),
    FOOTFALL_PURGE_CRON: "* * * * * *",
  });
  const site = await openSite(server);
  const load = loadOf(server, site);
  const purged = async () => {
    const states = await Promise.all(deletions.map((path) => site.watch(path)));
    const isDone = states.every(({ status }) => status === "purged");
    return isDone ? null : states.reduce((sum, state) => sum + state.purged, 0);
  };
  noteWatched("the purge", await watchBesideLoad(() => load(SINGLE), purged, 3));
  const reclaimedFrom = performance.now();
  const isReclaiming = async () => (await sqlite(database, "SELECT 1 FROM kv WHERE key = 'reclaim'")) !== "";
  note("posts beside giving space back and overwriting", describe(await load(SINGLE)));
  while (await isReclaiming()) await sleep();
  note("giving space back and overwriting took", `${count((performance.now() - reclaimedFrom) / 1_000)} s at most`);
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

import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LoadResult, loadGenerator } from "./load.ts";
import { KEY, type MeasuredServer, startBunFloor, startElysiaFloor, startFootfall } from "./servers.ts";
import { BATCH, LATEST, SINGLE, SINGLE_ONE_CONNECTION, type Workload } from "./workloads.ts";

/**
 * `bun run bench [--quick]`: Footfall and the floors in turns, in one run, over real HTTP from
 * another process. It measures and never fails on a time; ratios hold better than figures.
 */
const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const ROUNDS = 3;
const SECONDS = flags.quick ? 2 : 10;
const WORKLOADS = flags.quick ? [SINGLE, BATCH, LATEST] : [SINGLE, SINGLE_ONE_CONNECTION, BATCH, LATEST];

interface Row {
  readonly workload: string;
  readonly server: string;
  readonly unit: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
  readonly memoryMiB: number;
}

async function build(): Promise<void> {
  const child = Bun.spawn(["bun", "scripts/build.ts"], { cwd: join(import.meta.dir, ".."), stdout: "ignore" });
  if ((await child.exited) !== 0) throw new Error("The binary could not be built");
}

async function trackingCodeOf(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/v1/websites`, { headers: { authorization: `Bearer ${KEY}` } });
  const { websites } = (await response.json()) as { websites: { trackingCode: string }[] };
  const [site] = websites;
  if (!site) throw new Error("The server has no site");
  return site.trackingCode;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

function summarize(workload: Workload, server: MeasuredServer, results: readonly LoadResult[], memory: number): Row {
  return {
    workload: workload.name,
    server: server.name,
    unit: workload.unit,
    perSecond: median(results.map((result) => result.requestsPerSecond)) * workload.eventsPerRequest,
    p50: median(results.map((result) => result.p50)),
    p99: median(results.map((result) => result.p99)),
    failures: results.reduce((sum, result) => sum + result.failures, 0),
    memoryMiB: memory,
  };
}

/** Every server in every round, one after the other, so that a noisy minute hurts all of them. */
async function measure(workload: Workload, servers: readonly MeasuredServer[], trackingCode: string): Promise<Row[]> {
  const results = new Map<MeasuredServer, LoadResult[]>(servers.map((server) => [server, []]));
  const memory = new Map<MeasuredServer, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      const options = { origin: server.origin, workload, trackingCode, key: KEY, seconds: SECONDS };
      results.get(server)?.push(await loadGenerator.run(options));
      memory.set(server, Math.max(memory.get(server) ?? 0, server.memory()));
    }
  }
  return servers.map((server) => summarize(workload, server, results.get(server) ?? [], memory.get(server) ?? 0));
}

function print(rows: readonly Row[]): void {
  const floors = new Map(
    rows.filter((row) => row.server.includes("Elysia")).map((row) => [row.workload, row.perSecond]),
  );
  console.log("\n| workload | server | rate | of the Elysia floor | p50 ms | p99 ms | RSS MiB | failures |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const row of rows) {
    const ratio = row.perSecond / (floors.get(row.workload) ?? Number.NaN);
    const rate = `${Math.round(row.perSecond).toLocaleString("en")} ${row.unit}`;
    console.log(
      `| ${row.workload} | ${row.server} | ${rate} | ${ratio.toFixed(2)} | ${row.p50.toFixed(2)} | ${row.p99.toFixed(2)} | ${Math.round(row.memoryMiB)} | ${row.failures} |`,
    );
  }
}

await build();
await using servers = new AsyncDisposableStack();
const bunFloor = servers.use(await startBunFloor());
const elysiaFloor = servers.use(await startElysiaFloor());
const footfall = servers.use(await startFootfall());
const trackingCode = await trackingCodeOf(footfall.origin);
const idleMemory = footfall.memory();

const rows: Row[] = [];
for (const workload of WORKLOADS) {
  console.error(`measuring: ${workload.name} (${loadGenerator.name}, ${ROUNDS} × ${SECONDS} s each)`);
  rows.push(...(await measure(workload, [bunFloor, elysiaFloor, footfall], trackingCode)));
}
print(rows);

const stored = await fetch(`${footfall.origin}/api/v1/events?trackingCode=${trackingCode}&limit=1`, {
  headers: { authorization: `Bearer ${KEY}` },
}).then((response) => response.json() as Promise<{ pagination: { total: number } }>);
const summary = {
  events: stored.pagination.total,
  bytesPerEvent: Math.round(footfall.databaseBytes() / stored.pagination.total),
  idleMiB: Math.round(idleMemory),
  startMs: Math.round(footfall.startMs),
};
console.log(
  `\n${summary.events.toLocaleString("en")} events stored, ${summary.bytesPerEvent} bytes each; start to listening ${summary.startMs} ms; RSS idle ${summary.idleMiB} MiB.`,
);

const results = join(import.meta.dir, "results");
mkdirSync(results, { recursive: true });
const file = join(results, `${new Date().toISOString().slice(0, 10)}${flags.quick ? "-quick" : ""}.json`);
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, bun: Bun.version, load: loadGenerator.name };
await Bun.write(file, `${JSON.stringify({ machine, seconds: SECONDS, rounds: ROUNDS, rows, summary }, null, 2)}\n`);
console.log(`Written to ${file.slice(file.indexOf("bench"))}`);

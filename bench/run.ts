import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connect } from "./client.ts";
import { type GrowthColumn, measureGrowth } from "./growth.ts";
import { measureImport } from "./import-rate.ts";
import { measure, type Row } from "./measure.ts";
import { reportOf, writeIntoDocument } from "./report.ts";
import { describeRun, type Results } from "./results.ts";
import { createDatabase, ROOT, startBunFloor, startElysiaFloor, startFootfall } from "./servers.ts";
import { measureUnderLoad } from "./under-load.ts";
import { usageOf } from "./usage.ts";
import { BATCH, LATEST, SINGLE, SINGLE_ONE_CONNECTION } from "./workloads.ts";

/**
 * `bun run bench [--quick] [--long] [--write-docs]`: Footfall and the floors in turns, in one run, over
 * real HTTP from another process. It measures and never fails on a time; ratios hold better than figures.
 */
const { values: flags } = parseArgs({
  options: {
    /** A minute or two: short rounds, small tables. */
    quick: { type: "boolean", default: false },
    /** Also ten million events. */
    long: { type: "boolean", default: false },
    /** Puts the tables into docs/performance.md. */
    "write-docs": { type: "boolean", default: false },
  },
});

const ROUNDS = 3;
const SECONDS = flags.quick ? 2 : 10;
const SIZES = flags.quick ? [10_000] : [10_000, 100_000, 1_000_000, ...(flags.long ? [10_000_000] : [])];
const EVENTS_UNDER_LOAD = flags.quick ? 10_000 : 1_000_000;
const IMPORTED_LINES = flags.quick ? 20_000 : 400_000;
const SETTLE_MS = 3_000;

async function build(): Promise<void> {
  const child = Bun.spawn(["bun", "scripts/build.ts"], { cwd: ROOT, stdout: "ignore" });
  if ((await child.exited) !== 0) throw new Error("The binary could not be built");
}

/** A new database beside the floors. */
async function measureWorkloads(): Promise<Pick<Results, "rows" | "startMs" | "idleMiB" | "bytesPerEvent">> {
  using database = createDatabase();
  await using servers = new AsyncDisposableStack();
  const bunFloor = servers.use(await startBunFloor());
  const elysiaFloor = servers.use(await startElysiaFloor());
  const footfall = servers.use(await startFootfall(database));
  await Bun.sleep(SETTLE_MS);
  const idleMiB = usageOf(footfall.pid).residentMiB;
  const client = await connect(footfall.origin);
  const rows: Row[] = [];
  for (const workload of [SINGLE, SINGLE_ONE_CONNECTION, BATCH, LATEST]) {
    const options = { trackingCode: client.trackingCode, rounds: ROUNDS, seconds: SECONDS };
    rows.push(...(await measure(workload, [bunFloor, elysiaFloor, footfall], options)));
  }
  // The log is moved into the file when nothing has been written for a while.
  await Bun.sleep(SETTLE_MS);
  const page = await client.ask(`/api/v1/events?trackingCode=${client.trackingCode}&limit=1`);
  const { pagination } = JSON.parse(page) as { pagination: { total: number } };
  return { rows, startMs: footfall.startMs, idleMiB, bytesPerEvent: database.bytes() / pagination.total };
}

async function measureAllSizes(): Promise<GrowthColumn[]> {
  const columns: GrowthColumn[] = [];
  for (const events of SIZES) columns.push(await measureGrowth(events));
  return columns;
}

await build();
const results: Results = {
  ...describeRun(),
  rounds: ROUNDS,
  seconds: SECONDS,
  ...(await measureWorkloads()),
  growth: await measureAllSizes(),
  underLoad: await measureUnderLoad(EVENTS_UNDER_LOAD),
  importPerSecond: await measureImport(IMPORTED_LINES),
};

const report = reportOf(results);
console.log(`\n${report}\n`);
const folder = join(import.meta.dir, "results");
mkdirSync(folder, { recursive: true });
const kind = flags.quick ? "-quick" : flags.long ? "-long" : "";
const file = join(folder, `${results.at.slice(0, 10)}${kind}.json`);
await Bun.write(file, `${JSON.stringify(results, null, 2)}\n`);
console.log(`Written to ${file.slice(file.indexOf("bench"))}`);
if (flags["write-docs"]) await writeIntoDocument(join(ROOT, "docs", "performance.md"), report);

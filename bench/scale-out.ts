import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { startServer } from "../test/crash/support/server.ts";
import { startCluster } from "../test/scale/support/cluster.ts";
import { ADMIN_KEY, temporaryFolder } from "../test/support/server.ts";
import { setDurability } from "../test/support/sqld.ts";
import { loadGenerator } from "./load.ts";
import { BATCH, type Workload } from "./workloads.ts";

/**
 * `bun bench/scale-out.ts [seconds]`: batches of 200 events into a database file, and into one libSQL server from
 * one, two and four instances, in turns, in one run. Linux on x64: it takes the server that the tests take.
 */
const SECONDS = Number(process.argv[2] ?? 5);
const ROUNDS = 3;
const CONNECTIONS = 8;

const WORKLOAD: Workload = {
  ...BATCH,
  name: "batches of 200",
  bodies: (code) => {
    // Two of the usual batches in one.
    const usual = BATCH.bodies(code).map((body) => (JSON.parse(body) as { events: unknown[] }).events);
    return usual.flatMap((events, n) =>
      n % 2 === 0 ? [JSON.stringify({ events: [...events, ...(usual[n + 1] ?? events)] })] : [],
    );
  },
  eventsPerRequest: 200,
};

interface Instance {
  readonly url: string;
  readonly trackingCode: string;
}

/** What is measured: some instances of Footfall, and where their events go. */
interface Subject {
  readonly name: string;
  readonly instances: readonly Instance[];
}

async function startEmbedded(stack: AsyncDisposableStack): Promise<Subject> {
  const server = await startServer(join(await temporaryFolder(), "footfall.db"));
  stack.defer(() => server.stop());
  return { name: "a file, full durability", instances: [server] };
}

async function startOnServer(
  stack: AsyncDisposableStack,
  count: number,
  durability: "strong" | "relaxed",
): Promise<Subject> {
  const cluster = stack.use(await startCluster({ instances: count, hasReplica: false }));
  await setDurability(cluster.primary, durability);
  return {
    name: `sqld, ${durability}, ${count} ${count === 1 ? "instance" : "instances"}`,
    instances: cluster.instances,
  };
}

/** Events a second, from as many connections however many instances there are. */
async function measure({ instances }: Subject): Promise<{ perSecond: number; p99: number; failures: number }> {
  const workload = { ...WORKLOAD, connections: CONNECTIONS / instances.length };
  const results = await Promise.all(
    instances.map(({ url, trackingCode }) =>
      loadGenerator.run({ origin: url, workload, trackingCode, key: ADMIN_KEY, seconds: SECONDS }),
    ),
  );
  return {
    perSecond: results.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0) * WORKLOAD.eventsPerRequest,
    p99: Math.max(...results.map(({ p99 }) => p99)),
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
  };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

await using stack = new AsyncDisposableStack();
const subjects = [
  await startEmbedded(stack),
  await startOnServer(stack, 1, "strong"),
  await startOnServer(stack, 1, "relaxed"),
  await startOnServer(stack, 2, "relaxed"),
  await startOnServer(stack, 4, "relaxed"),
];
const measured = new Map(subjects.map((subject) => [subject, [] as Awaited<ReturnType<typeof measure>>[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const subject of subjects) measured.get(subject)?.push(await measure(subject));
}

const rows = subjects.map((subject) => {
  const results = measured.get(subject) ?? [];
  return {
    subject: subject.name,
    eventsPerSecond: Math.round(median(results.map(({ perSecond }) => perSecond))),
    p99: median(results.map(({ p99 }) => p99)),
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
  };
});
const [file] = rows;
console.log(
  `${WORKLOAD.name}, ${CONNECTIONS} connections, median of ${ROUNDS} × ${SECONDS} s (${loadGenerator.name})\n`,
);
console.log("| where | events/s | of the file | p99 ms | failures |\n| --- | --- | --- | --- | --- |");
for (const { subject, eventsPerSecond, p99, failures } of rows) {
  const ratio = (eventsPerSecond / (file?.eventsPerSecond ?? Number.NaN)).toFixed(2);
  console.log(`| ${subject} | ${eventsPerSecond.toLocaleString("en")} | ${ratio} | ${p99.toFixed(0)} | ${failures} |`);
}

const results = join(import.meta.dir, "results");
mkdirSync(results, { recursive: true });
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, bun: Bun.version, load: loadGenerator.name };
await Bun.write(
  join(results, `${new Date().toISOString().slice(0, 10)}-scale-out.json`),
  `${JSON.stringify({ machine, seconds: SECONDS, rounds: ROUNDS, rows }, null, 2)}\n`,
);

import { type LoadResult, loadGenerator } from "./load.ts";
import { median } from "./operations.ts";
import { KEY, type MeasuredServer } from "./servers.ts";
import { sampled } from "./usage.ts";
import type { Workload } from "./workloads.ts";

/** What a server did with a workload: the median of the rounds, the worst of the memory. */
export interface Row {
  readonly workload: string;
  readonly server: string;
  readonly unit: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
  readonly peakMiB: number;
  /** Processor time for one unit, in µs; null where the system does not tell. */
  readonly cpuMicros: number | null;
}

interface Round extends LoadResult {
  readonly peakMiB: number;
  readonly cpuMicros: number | null;
}

async function measureRound(server: MeasuredServer, workload: Workload, trackingCode: string, seconds: number) {
  const { result, peakMiB, cpuSeconds } = await sampled(server.pid, () =>
    loadGenerator.run({ origin: server.origin, workload, trackingCode, key: KEY, seconds }),
  );
  const units = result.requestsPerSecond * seconds * workload.eventsPerRequest;
  return { ...result, peakMiB, cpuMicros: cpuSeconds === null ? null : (cpuSeconds * 1e6) / units } satisfies Round;
}

/** Every server in every round, one after the other, so that a noisy minute hurts all of them. */
export async function measure(
  workload: Workload,
  servers: readonly MeasuredServer[],
  options: { trackingCode: string; rounds: number; seconds: number },
): Promise<Row[]> {
  console.error(`measuring: ${workload.name} (${loadGenerator.name}, ${options.rounds} × ${options.seconds} s each)`);
  const rounds = new Map<MeasuredServer, Round[]>(servers.map((server) => [server, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const server of servers) {
      rounds.get(server)?.push(await measureRound(server, workload, options.trackingCode, options.seconds));
    }
  }
  return servers.map((server) => summarize(workload, server, rounds.get(server) ?? []));
}

function summarize(workload: Workload, server: MeasuredServer, rounds: readonly Round[]): Row {
  const cpu = rounds.flatMap(({ cpuMicros }) => cpuMicros ?? []);
  return {
    workload: workload.name,
    server: server.name,
    unit: workload.unit,
    perSecond: median(rounds.map((round) => round.requestsPerSecond)) * workload.eventsPerRequest,
    p50: median(rounds.map((round) => round.p50)),
    p99: median(rounds.map((round) => round.p99)),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
    peakMiB: Math.max(...rounds.map((round) => round.peakMiB)),
    cpuMicros: cpu.length === 0 ? null : median(cpu),
  };
}

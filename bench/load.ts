import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import type { Workload } from "./workloads.ts";

/** What a load generator saw. Times in ms. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers that were no 2xx, and connections that failed. */
  readonly failures: number;
}

export interface LoadOptions {
  readonly origin: string;
  readonly workload: Workload;
  readonly trackingCode: string;
  readonly key: string;
  readonly seconds: number;
}

/** Sends a workload from a process of its own: `wrk` where it is installed, autocannon elsewhere. */
export const loadGenerator: { name: string; run: (options: LoadOptions) => Promise<LoadResult> } = Bun.which("wrk")
  ? { name: "wrk -t1", run: runWrk }
  : { name: "autocannon", run: runAutocannon };

const WRK_SCRIPT = `
local bodies, next = {}, 0
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
request = function()
  if #bodies == 0 then return wrk.format(nil, os.getenv("TARGET")) end
  next = next % #bodies + 1
  return wrk.format(nil, os.getenv("TARGET"), nil, bodies[next])
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"duration":%d,"p50":%f,"p99":%f,"failures":%d}', summary.requests,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end`;

async function runWrk({ origin, workload, trackingCode, key, seconds }: LoadOptions): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), "footfall-bench-"));
  try {
    const script = join(folder, "load.lua");
    const bodies = join(folder, "bodies");
    await Bun.write(script, `wrk.method = "${workload.method}"${WRK_SCRIPT}`);
    await Bun.write(bodies, workload.bodies(trackingCode).join("\n"));
    const headers = ["-H", "Content-Type: application/json", "-H", `Authorization: Bearer ${key}`];
    const child = Bun.spawn(
      ["wrk", "-t1", `-c${workload.connections}`, `-d${seconds}s`, "-s", script, ...headers, origin],
      { env: { ...process.env, BODIES: bodies, TARGET: workload.path(trackingCode) }, stderr: "inherit" },
    );
    const output = await new Response(child.stdout).text();
    const result = /RESULT (.*)/.exec(output)?.[1];
    if (result === undefined) throw new Error(`wrk printed no result:\n${output}`);
    const { requests, duration, p50, p99, failures } = JSON.parse(result);
    return { requestsPerSecond: (requests / duration) * 1e6, p50, p99, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAutocannon({ origin, workload, trackingCode, key, seconds }: LoadOptions): Promise<LoadResult> {
  const request = {
    method: workload.method,
    path: workload.path(trackingCode),
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
  };
  const bodies = workload.bodies(trackingCode);
  const result = await autocannon({
    url: origin,
    connections: workload.connections,
    duration: seconds,
    workers: 1,
    requests: bodies.length === 0 ? [request] : bodies.map((body) => ({ ...request, body })),
  });
  return {
    requestsPerSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failures: result.non2xx + result.errors,
  };
}

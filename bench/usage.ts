import { existsSync, readFileSync } from "node:fs";

/** What a process has used. */
export interface Usage {
  /** Resident memory now, in MiB. */
  readonly residentMiB: number;
  /** Processor time of all threads since its start, in seconds; null where the system does not tell. */
  readonly cpuSeconds: number | null;
}

/** Clock ticks a second in `/proc`, the same on every Linux that Bun runs on. */
const TICKS = 100;

const SAMPLE_EVERY_MS = 100;

export function usageOf(pid: number): Usage {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]);
  return { residentMiB: Number(stdout.toString()) / 1024, cpuSeconds: cpuSecondsOf(pid) };
}

function cpuSecondsOf(pid: number): number | null {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return null;
  // The name, in brackets, may hold blanks; user and system time are the 12th and 13th field behind it.
  const fields = readFileSync(path, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most memory that a process has while `work` runs, and the processor time that it takes meanwhile. */
export async function sampled<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ result: T; peakMiB: number; cpuSeconds: number | null }> {
  const before = usageOf(pid);
  let peakMiB = before.residentMiB;
  const look = () => {
    peakMiB = Math.max(peakMiB, usageOf(pid).residentMiB);
  };
  const timer = setInterval(look, SAMPLE_EVERY_MS);
  try {
    const result = await work();
    look();
    const after = cpuSecondsOf(pid);
    const cpuSeconds = after === null || before.cpuSeconds === null ? null : after - before.cpuSeconds;
    return { result, peakMiB, cpuSeconds };
  } finally {
    clearInterval(timer);
  }
}

import { cpus } from "node:os";
import type { GrowthColumn } from "./growth.ts";
import { loadGenerator } from "./load.ts";
import type { Row } from "./measure.ts";
import type { UnderLoadRow } from "./under-load.ts";

/** Everything that one run has found out; a file of `bench/results`. */
export interface Results {
  readonly at: string;
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly bun: string;
    readonly load: string;
  };
  readonly rounds: number;
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly startMs: number;
  readonly idleMiB: number;
  readonly bytesPerEvent: number;
  /** The smallest database first. */
  readonly growth: readonly GrowthColumn[];
  readonly underLoad: readonly UnderLoadRow[];
  readonly importPerSecond: number | null;
}

export function describeRun(): Pick<Results, "at" | "commit" | "machine"> {
  const { stdout } = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"], { cwd: import.meta.dir });
  return {
    at: new Date().toISOString(),
    commit: stdout.toString().trim(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      bun: Bun.version,
      load: loadGenerator.name,
    },
  };
}

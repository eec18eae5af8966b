import type { Environment } from "./settings.ts";

// Nothing else reads `process.env`.

/** The `FOOTFALL_…` variables of this process. */
export function readEnvironment(): Environment {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("FOOTFALL_")));
}

/** All other variables of this process: for a process that is not to get ours. */
export function readForeignEnvironment(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FOOTFALL_")));
}

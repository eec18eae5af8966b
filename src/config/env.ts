import type { Environment } from "./settings.ts";

/** The `FOOTFALL_…` variables of this process. Nothing else reads `process.env`. */
export function readEnvironment(): Environment {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("FOOTFALL_")));
}

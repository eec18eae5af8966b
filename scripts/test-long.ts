import { join } from "node:path";

/**
 * `bun run test:long`: the crash, fuzz and scale tests with the figures that docs/reliability.md tells. It takes the
 * better part of an hour, and some gigabytes for a while. What is set already stays as it is.
 */
const FIGURES = {
  FOOTFALL_CRASH_LOOPS: "200",
  FOOTFALL_CRASH_STOPS: "50",
  FOOTFALL_CRASH_CUTS: "2000",
  FOOTFALL_CRASH_FAULTS: "50",
  FOOTFALL_CRASH_BATCHES: "10000",
  FOOTFALL_CRASH_CONNECTIONS: "10000",
  FOOTFALL_CRASH_OVERLOAD_SECONDS: "600",
  FOOTFALL_FUZZ_REQUESTS: "50000",
  FOOTFALL_SCALE_SECONDS: "60",
  FOOTFALL_SCALE_OUTAGE_SECONDS: "30",
};

const FOLDERS = ["crash", "fuzz", "security", "scale"].map((name) => `./test/${name}/`);

const child = Bun.spawn([process.execPath, "test", ...FOLDERS], {
  cwd: join(import.meta.dir, ".."),
  env: { ...FIGURES, ...process.env },
  stdio: ["ignore", "inherit", "inherit"],
});
process.exitCode = await child.exited;

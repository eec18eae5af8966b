import { availableParallelism } from "node:os";
import { loadFromC } from "./c-library.ts";

/** From here libSQL's runtime takes the number of its threads, once, when the first database is opened. */
const VARIABLE = "TOKIO_WORKER_THREADS";

/** Long reads and callers' queries, each as many as there are cores, and one to spare. */
const THREADS = 2 * availableParallelism() + 1;

/**
 * Gives libSQL threads enough for all that may run in the pools at once.
 *
 * By itself it has as many as there are cores, and a query keeps its thread until its end: as many
 * queries as there are cores would hold up every other read. Bun's `process.env` is Bun's alone, so
 * the variable is set where native code reads it; one that is set already stays.
 *
 * Must be called before the first database is opened.
 */
export function reserveThreads(): void {
  const { setenv } = loadFromC(
    { setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" } },
    "libSQL cannot be given threads",
  );
  const text = (value: string): Buffer => Buffer.from(`${value}\0`);
  setenv(text(VARIABLE), text(String(THREADS)), 0);
}

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, constants, getPriority } from "node:os";
import { loadFromC } from "../lib/c-library.ts";

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

/** Where Linux shows the threads of this process, and how it calls those of libSQL's runtime. */
const TASKS = "/proc/self/task";
const RUNTIME_THREAD = "tokio-runtime-w";

const PRIO_PROCESS = 0;

/** How far they stand behind the others of this process: about a third of their share. */
const STEPS_BACK = 5;

/**
 * Lets what runs in the pools stand back behind what stores and answers, where there are not cores enough for all.
 *
 * With eight endless queries, on two cores that other programs used as well, the 99th percentile of posting an event
 * was 74 ms with it and 313 ms without. On Linux only: elsewhere the priority of a thread is its own affair.
 *
 * Must be called after the first database is opened, which starts the threads.
 */
export function lowerPriority(): void {
  if (process.platform !== "linux") return;
  const { setpriority } = loadFromC(
    { setpriority: { args: ["i32", "u32", "i32"], returns: "i32" } },
    "queries cannot stand back",
  );
  const niceness = Math.min(getPriority() + STEPS_BACK, constants.priority.PRIORITY_LOW);
  for (const task of readdirSync(TASKS)) {
    if (nameOf(task) === RUNTIME_THREAD) setpriority(PRIO_PROCESS, Number(task), niceness);
  }
}

/** Null for a thread that has ended meanwhile. */
function nameOf(task: string): string | null {
  try {
    return readFileSync(`${TASKS}/${task}/comm`, "utf8").trim();
  } catch {
    return null;
  }
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Figures, Register } from "./figures.ts";

/**
 * How often the event loop is looked at, in ms. Whatever holds it longer delays a look and is seen;
 * ten times a second costs nothing.
 */
const LOOK_EVERY_MS = 100;

const NS_PER_SECOND = 1e9;

/**
 * Figures of the process, under the names that every Prometheus client gives them.
 *
 * Not the library's own set: half of it describes Node.js's memory and handles, which Bun has not,
 * and its look at the event loop cannot be stopped.
 *
 * @returns what stops the look at the event loop.
 */
export function addProcessMetrics(figures: Figures): Disposable {
  figures.add(registerUse);
  figures.add(registerFileDescriptors);
  return addEventLoopDelay(figures);
}

const registerUse: Register = (registry, { Counter, Gauge }) => {
  const registers = [registry];
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Time of all cores that the process has used",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory that the process holds",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process began, in seconds since 1970",
    registers,
  }).set(performance.timeOrigin / 1_000);
};

/** Where the operating system tells of them. */
const registerFileDescriptors: Register = (registry, { Gauge }) => {
  if (!existsSync("/proc/self/fd")) return;
  const registers = [registry];
  new Gauge({
    name: "process_open_fds",
    help: "Open files and connections",
    registers,
    collect() {
      this.set(readdirSync("/proc/self/fd").length);
    },
  });
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === undefined) return;
  new Gauge({ name: "process_max_fds", help: "How many of them there can be", registers }).set(Number(limit));
};

/** How late the event loop was since the last scrape: all requests wait for it. */
function addEventLoopDelay(figures: Figures): Disposable {
  const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delay.enable();
  figures.add((registry, { Gauge }) => {
    new Gauge({
      name: "footfall_event_loop_delay_seconds",
      help: "How late the event loop was since the last scrape",
      labelNames: ["percentile"],
      registers: [registry],
      collect() {
        // Nothing has been seen yet: no figure, not 0.
        if (delay.count === 0) return;
        for (const percentile of [50, 99, 100]) {
          this.set({ percentile: String(percentile) }, delay.percentile(percentile) / NS_PER_SECOND);
        }
        delay.reset();
      },
    });
  });
  return { [Symbol.dispose]: () => void delay.disable() };
}

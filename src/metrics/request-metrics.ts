import type { Figures } from "./figures.ts";
import { addCounter, addHistogram } from "./tally.ts";

/** A method is text of the client's: any number of them would be any number of series. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const OTHER_METHODS = "other";

const STATUS_CLASSES = ["", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Seconds: from an event that finds the writer idle to a read at its deadline. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Answer {
  readonly dialect: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** Counts requests, how long they took, and why some were refused. */
export function createRequestMetrics(figures: Figures) {
  const count = addCounter(figures, {
    name: "footfall_http_requests_total",
    help: "Requests answered, by dialect, method and class of status",
    labelNames: ["dialect", "method", "status"],
  });
  const observe = addHistogram(figures, {
    name: "footfall_http_request_duration_seconds",
    help: "Time from a request to its answer; for an event that includes its commit",
    labelNames: ["dialect", "method"],
    buckets: BUCKETS,
  });
  const countRefusal = addCounter(figures, {
    name: "footfall_refused_requests_total",
    help: "Requests refused, by dialect and error code: rate_limited, overloaded, disk_full, deadline_exceeded and all others",
    labelNames: ["dialect", "code"],
  });
  return {
    answered({ dialect, method, status, seconds }: Answer): void {
      const known = METHODS.has(method) ? method : OTHER_METHODS;
      count(1, dialect, known, STATUS_CLASSES[Math.floor(status / 100)] ?? "");
      observe(seconds, dialect, known);
    },
    refused: (dialect: string, code: string): void => countRefusal(1, dialect, code),
  };
}

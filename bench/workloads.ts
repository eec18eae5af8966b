/** What is sent, to Footfall and to the floors alike. */
export interface Workload {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: (trackingCode: string) => string;
  /** Bodies that are sent in turn; empty for a GET. */
  readonly bodies: (trackingCode: string) => readonly string[];
  readonly connections: number;
  /** How many events one request carries; requests are counted where there is none. */
  readonly eventsPerRequest: number;
  readonly unit: string;
}

const DISTINCT_BODIES = 500;

/** The n-th event, of about 320 bytes; one in ten is a click. */
export function pageView(trackingCode: string, n: number) {
  return {
    trackingCode,
    eventType: n % 10 === 0 ? "click" : "pageview",
    url: `https://example.com/blog/article-${n % 500}`,
    referrer: "https://google.com/",
    sessionId: `sess-${n % 9000}`,
    visitorId: `vis-${n % 5000}`,
    deviceType: "desktop",
    browser: "Chrome",
    os: "Windows",
    location: "US",
    properties: { articleId: `art-${n % 300}` },
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

function single(connections: number): Workload {
  return {
    name: `single event, ${connections} ${connections === 1 ? "connection" : "connections"}`,
    method: "POST",
    path: () => "/api/v1/events",
    bodies: (code) => range(DISTINCT_BODIES).map((n) => JSON.stringify(pageView(code, n * 17))),
    connections,
    eventsPerRequest: 1,
    unit: "events/s",
  };
}

export const SINGLE = single(32);
export const SINGLE_ONE_CONNECTION = single(1);

export const BATCH: Workload = {
  name: "batch of 100, 8 connections",
  method: "POST",
  path: () => "/api/v1/events/batch",
  bodies: (code) =>
    range(50).map((k) => JSON.stringify({ events: range(100).map((n) => pageView(code, k * 100 + n)) })),
  connections: 8,
  eventsPerRequest: 100,
  unit: "events/s",
};

export const LATEST: Workload = {
  name: "latest 100 with exact total, 1 connection",
  method: "GET",
  path: (code) => `/api/v1/events?trackingCode=${code}&limit=100`,
  bodies: () => [],
  connections: 1,
  eventsPerRequest: 1,
  unit: "requests/s",
};

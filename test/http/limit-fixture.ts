import { createTestClock, type TestClock } from "../support/clock.ts";
import { type RequestOptions, startApp, type TestApp } from "../support/server.ts";

/** A server whose clock stands still. */
export interface LimitFixture extends AsyncDisposable {
  readonly server: TestApp;
  readonly clock: TestClock;
  /** A request without a key, from an address. */
  from(address: string, path: string, options?: RequestOptions): Promise<Response>;
}

/** Noon, to the second. */
export const START_S = Date.UTC(2026, 5, 15, 12) / 1_000;

export async function startLimited(config: Parameters<typeof startApp>[0] = {}): Promise<LimitFixture> {
  const clock = createTestClock(START_S * 1_000);
  const server = await startApp({ ...config, overrides: { clock } });
  return {
    server,
    clock,
    from: (address, path, options = {}) =>
      server.request(path, { key: null, ...options, headers: { ...options.headers, "x-forwarded-for": address } }),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** What an answer tells of limits, null where it tells nothing. */
export function toldBy({ headers }: Response) {
  return {
    limit: headers.get("x-ratelimit-limit"),
    remaining: headers.get("x-ratelimit-remaining"),
    reset: headers.get("x-ratelimit-reset"),
    rateLimit: headers.get("ratelimit"),
    policy: headers.get("ratelimit-policy"),
    retryAfter: headers.get("retry-after"),
  };
}

export const TOLD_NOTHING = {
  limit: null,
  remaining: null,
  reset: null,
  rateLimit: null,
  policy: null,
  retryAfter: null,
};

/** The statuses of requests, one after the other. */
export async function statusesOf(times: number, request: () => Promise<Response>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await request()).status);
  return statuses;
}

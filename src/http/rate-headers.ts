import type { Allowance, Rate } from "../lib/rate-limiter.ts";

/** The head of the answer that a request will get, good or bad. */
export interface AnswerHead {
  readonly headers: Record<string, string | number>;
  /** The limits that are told in it. */
  readonly limits: ToldLimit[];
}

interface ToldLimit {
  readonly name: string;
  readonly rate: Rate;
  readonly left: Allowance;
}

/** The fields that tell of limits. */
export const RATE_FIELDS = [
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
  "RateLimit",
  "RateLimit-Policy",
] as const;

/** Rounded up: what comes then does not come too early. */
export const toSeconds = (ms: number): number => Math.ceil(ms / 1_000);

/**
 * Tells what a limit leaves: in `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix time in seconds at
 * which all of it is there again), and in `RateLimit` and `RateLimit-Policy` of
 * draft-ietf-httpapi-ratelimit-headers-10 (`t`: seconds until there is more than `r`).
 *
 * Where several limits hold, the draft's fields list each, and the others tell of the one that leaves
 * least. Of two limits of one name (a batch for several sites) the same is true.
 */
export function tellLimit({ headers, limits }: AnswerHead, limit: ToldLimit, nowMs: number): void {
  const same = limits.findIndex(({ name }) => name === limit.name);
  if (same === -1) limits.push(limit);
  else limits[same] = leastOf(limit, limits[same] ?? limit);
  const { rate, left } = limits.reduce(leastOf);
  headers["x-ratelimit-limit"] = String(rate.limit);
  headers["x-ratelimit-remaining"] = String(left.remaining);
  headers["x-ratelimit-reset"] = String(toSeconds(nowMs + left.resetMs));
  headers.ratelimit = limits.map(toItem).join(", ");
  headers["ratelimit-policy"] = limits.map(toPolicy).join(", ");
}

const leastOf = (one: ToldLimit, other: ToldLimit): ToldLimit =>
  other.left.remaining < one.left.remaining ? other : one;

const toItem = ({ name, left }: ToldLimit): string => `"${name}";r=${left.remaining};t=${toSeconds(left.nextMs)}`;

const toPolicy = ({ name, rate }: ToldLimit): string => `"${name}";q=${rate.limit};w=${toSeconds(rate.windowMs)}`;

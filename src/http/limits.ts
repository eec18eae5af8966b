import QuickLRU from "quick-lru";
import { type ApiKey, requestsPerMinuteOf } from "../domain/api-key.ts";
import { AppError } from "../domain/errors.ts";
import type { Site } from "../domain/site.ts";
import { type Clock, MS_PER_SECOND } from "../lib/clock.ts";
import { networkOf } from "../lib/ip-address.ts";
import type { Rate, RateLimiter } from "../lib/rate-limiter.ts";
import { type AnswerHead, tellLimit, toSeconds } from "./rate-headers.ts";

/** What limits need to know of a request. */
export interface LimitedRequest {
  /** The client's address in its usual form; null where no socket brought the request, or it has a key. */
  readonly address: string | null;
  /** False for one that asks what there is (`HEAD`): it is told of limits, and neither counts nor is refused. */
  readonly counts: boolean;
  readonly answer: AnswerHead;
}

/**
 * Counts requests and events, and tells the client what is left. Each method returns what refuses the
 * request, null where nothing does.
 */
export interface Limits {
  /** A request with a key: as many a minute as the key may make. */
  ofKey(request: LimitedRequest, key: ApiKey): AppError | null;
  /** A request that posts without a key: by address and site. */
  ofPosting(request: LimitedRequest, site: Site): AppError | null;
  /** A request that reads without a key: as many, counted apart. */
  ofReading(request: LimitedRequest, site: Site): AppError | null;
  /** Events for a site, whoever sends them: all of them, or none. */
  ofEvents(request: LimitedRequest, site: Site, events: number): AppError | null;
  /** The same, as many of them as the site takes: the others are refused. */
  ofBatch(request: LimitedRequest, site: Site, events: number): { taken: number; refusal: AppError | null };
  /** A request with a key that is none: by address. */
  ofWrongKeys(request: LimitedRequest): AppError | null;
}

/** Why a client is refused, by what the limit is called in the answer's head. */
const REASONS = {
  key: (limit) => `The API key may make ${limit} requests a minute`,
  posting: () => "Too many requests without an API key from this address",
  reading: () => "Too many requests without an API key from this address",
  events: (limit) => `The website takes ${limit} events a minute`,
  "wrong-keys": () => "Too many wrong API keys from this address",
} as const satisfies Readonly<Record<string, (limit: number) => string>>;

type LimitName = keyof typeof REASONS;

const perMinute = (limit: number): Rate => ({ limit, windowMs: 60 * MS_PER_SECOND });

const WRONG_KEYS: Rate = perMinute(20);

/** Networks of addresses that were looked at before; at most twice as many are kept. */
const REMEMBERED_NETWORKS = 10_000;

/** One limit, as it holds for one client. */
interface Limit {
  readonly name: LimitName;
  readonly rate: Rate;
  /** Who is counted. */
  readonly client: string;
}

/**
 * @param keylessRate of requests without a key, for each address and site; null: any number.
 */
export function createLimits(deps: { limiter: RateLimiter; clock: Clock; keylessRate: Rate | null }): Limits {
  const { limiter, clock, keylessRate } = deps;
  const networks = new QuickLRU<string, string>({ maxSize: REMEMBERED_NETWORKS });

  /** One visitor can have any number of the addresses in an IPv6 network. */
  function networkAt(address: string | null): string {
    if (address === null || !address.includes(":")) return address ?? "";
    const known = networks.get(address);
    if (known !== undefined) return known;
    const network = networkOf(address);
    networks.set(address, network);
    return network;
  }

  /** All of the units, or none; of a request that does not count, none. */
  function count({ answer, counts }: LimitedRequest, limit: Limit, units = 1): AppError | null {
    const left = counts ? limiter.take(limit.client, limit.rate, units) : limiter.peek(limit.client, limit.rate);
    tellLimit(answer, { ...limit, left }, clock.now());
    return left.isAllowed || !counts ? null : refusal(limit, left.retryMs);
  }

  function ofKeyless(name: "posting" | "reading", request: LimitedRequest, site: Site): AppError | null {
    if (keylessRate === null) return null;
    return count(request, { name, rate: keylessRate, client: `${name} ${site.id} ${networkAt(request.address)}` });
  }

  return {
    ofKey(request, key) {
      const limit = requestsPerMinuteOf(key);
      return limit === null ? null : count(request, { name: "key", rate: perMinute(limit), client: `key ${key.id}` });
    },
    ofPosting: (request, site) => ofKeyless("posting", request, site),
    ofReading: (request, site) => ofKeyless("reading", request, site),
    ofEvents(request, site, events) {
      const limit = eventsOf(site);
      if (!limit) return null;
      return events > limit.rate.limit ? neverAllowed(limit) : count(request, limit, events);
    },
    ofBatch({ answer }, site, events) {
      const limit = eventsOf(site);
      if (!limit) return { taken: events, refusal: null };
      const taken = Math.min(events, limiter.peek(limit.client, limit.rate).remaining);
      const left = limiter.take(limit.client, limit.rate, taken);
      tellLimit(answer, { ...limit, left }, clock.now());
      return { taken, refusal: taken < events ? refusal(limit, left.nextMs) : null };
    },
    ofWrongKeys(request) {
      const client = `wrong-keys ${networkAt(request.address)}`;
      // Also by HEAD: a guess is a guess.
      return count({ ...request, counts: true }, { name: "wrong-keys", rate: WRONG_KEYS, client });
    },
  };
}

function eventsOf({ id, eventsPerMinute }: Site): Limit | null {
  return eventsPerMinute === null ? null : { name: "events", rate: perMinute(eventsPerMinute), client: `events ${id}` };
}

function refusal({ name, rate }: Limit, retryMs: number): AppError {
  const retryAfter = toSeconds(retryMs);
  return new AppError("rate_limited", `${REASONS[name](rate.limit)}; try again in ${retryAfter} s`, { retryAfter });
}

const neverAllowed = ({ rate }: Limit): AppError =>
  new AppError("payload_too_large", `The website takes ${rate.limit} events a minute: send at most as many at once`);

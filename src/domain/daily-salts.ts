import type { RandomBytes } from "../lib/base62.ts";
import { type Clock, dayOf, MS_PER_DAY } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { KeyValueStore } from "./ports.ts";

/** The salt of the UTC day of a time, from memory: it never waits and never fails. */
export type SaltOf = (atMs: number) => Uint8Array;

export interface DailySalts {
  readonly saltOf: SaltOf;
  /** Makes what is due, fetches what others made, and destroys what is old. Never fails: what cannot be done is logged. */
  refresh(): Promise<void>;
}

const PREFIX = "salt:";
const SALT_BYTES = 32;

/** From this long before midnight on, the next day's salt is there: no event ever waits for one. */
const AHEAD_MS = 60 * 60 * 1_000;

/** Rows are removed by {@link DailySalts.refresh}; this only keeps them from being taken over before. */
const LEASE_MS = 366 * MS_PER_DAY;

/** While the database does not answer, events ask for it again this often, in ms. */
const RETRY_MS = 1_000;

/** How many salts of past days one process makes for itself: a log of several years. */
const MAX_OWN = 2_000;

/**
 * Random salts, one for each UTC day, shared by all processes on one database. Two are kept: today's and
 * yesterday's, in the last hour of a day today's and tomorrow's. Once a day's salt is destroyed,
 * nobody can tell any more which address a visitor's id was made of, or who was the same on two days.
 *
 * For a day that has no stored salt (long past, or the database does not answer), the process makes one
 * that it never stores.
 */
export function createDailySalts(deps: {
  kv: KeyValueStore;
  clock: Clock;
  random: RandomBytes;
  log: Pick<Logger, "warn">;
}): DailySalts {
  const { kv, clock, random, log } = deps;
  let shared = new Map<number, Uint8Array>();
  const own = new Map<number, Uint8Array>();
  let refreshing: Promise<void> | null = null;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  /** The days whose salts are stored: two. */
  function keptDays(): readonly number[] {
    const now = clock.now();
    const today = dayOf(now);
    return dayOf(now + AHEAD_MS) > today ? [today, today + 1] : [today - 1, today];
  }

  async function load(): Promise<void> {
    const days = keptDays();
    const stored = await kv.list(PREFIX);
    for (const { key, value } of stored) {
      if (days.includes(Number(key.slice(PREFIX.length)))) continue;
      // Written over first: what is removed stays in the file until its place is used again.
      await kv.set(key, "0".repeat(value.length));
      await kv.delete(key);
    }
    const today = dayOf(clock.now());
    const next = new Map<number, Uint8Array>();
    for (const day of days) {
      // Nobody needs one for a day that is over.
      const salt = day < today ? stored.find(({ key }) => key === PREFIX + day)?.value : await take(day);
      if (salt !== undefined) next.set(day, Buffer.from(salt, "base64url"));
    }
    shared = next;
    for (const day of next.keys()) own.delete(day);
  }

  /** The day's salt, made by whichever process comes first. */
  async function take(day: number): Promise<string> {
    const key = PREFIX + day;
    const holder = Buffer.from(random(SALT_BYTES)).toString("base64url");
    const nowMs = clock.now();
    const known = await kv.get(key);
    if (known !== null) return known;
    await kv.takeLease({ key, holder, nowMs, expiresAtMs: nowMs + LEASE_MS });
    return (await kv.get(key)) ?? holder;
  }

  async function refresh(): Promise<void> {
    triedAtMs = clock.now();
    refreshing ??= load()
      .catch((error) =>
        log.warn({ err: error }, "the day's salt could not be stored or fetched; visitors get ids all the same"),
      )
      .finally(() => {
        refreshing = null;
      });
    return refreshing;
  }

  function ownSalt(day: number): Uint8Array {
    const known = own.get(day);
    if (known) return known;
    if (own.size >= MAX_OWN) own.clear();
    const salt = random(SALT_BYTES);
    own.set(day, salt);
    return salt;
  }

  return {
    refresh,
    saltOf(atMs) {
      const day = dayOf(atMs);
      const salt = shared.get(day);
      if (salt) return salt;
      // The clock has jumped, or the last refresh failed.
      const now = clock.now();
      const isDue = Math.abs(now - triedAtMs) >= RETRY_MS && day >= dayOf(now) && keptDays().includes(day);
      if (isDue) void refresh();
      return ownSalt(day);
    },
  };
}

import QuickLRU from "quick-lru";
import { type RandomBytes, randomLetters } from "../lib/base62.ts";

/** The same visitor within this time is in the same session, in ms. */
const SESSION_MS = 30 * 60 * 1_000;

/** At most twice as many sessions are remembered. */
const REMEMBERED = 50_000;

/** Who asked. */
export interface VisitorTraits {
  /** Of the visitor's device, see `networkOf`. */
  readonly network: string;
  readonly userAgent: string;
  readonly siteId: number;
}

const ID_BYTES = 16;
const SEPARATOR = "\0";

/**
 * A visitor without a cookie: the same for the same network, browser and site as long as the salt is
 * the same, and nothing without it. 22 letters.
 */
export function visitorIdOf(salt: Uint8Array, { network, userAgent, siteId }: VisitorTraits): string {
  const hmac = new Bun.CryptoHasher("sha256", salt);
  hmac.update(network + SEPARATOR + userAgent + SEPARATOR + siteId);
  return hmac.digest().subarray(0, ID_BYTES).toString("base64url");
}

/** The session of a visitor at a time: a new one after half an hour without an event. */
export type SessionOf = (siteId: number, visitorId: string, atMs: number) => string;

interface Session {
  readonly id: string;
  lastMs: number;
}

/** Sessions of this process, in bounded memory. */
export function createSessions(random: RandomBytes): SessionOf {
  const sessions = new QuickLRU<string, Session>({ maxSize: REMEMBERED });
  return (siteId, visitorId, atMs) => {
    const key = `${siteId} ${visitorId}`;
    const known = sessions.get(key);
    if (known && Math.abs(atMs - known.lastMs) < SESSION_MS) {
      known.lastMs = Math.max(known.lastMs, atMs);
      return known.id;
    }
    const session: Session = { id: randomLetters(ID_BYTES, random), lastMs: atMs };
    sessions.set(key, session);
    return session.id;
  };
}

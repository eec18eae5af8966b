import type { Clock } from "../lib/clock.ts";
import { type ApiKey, ENVIRONMENT_ADMIN_KEY, isEnded, type StoredApiKey } from "./api-key.ts";
import { hashSecret, isSameHash, keyIdOf } from "./api-key-secret.ts";
import { AppError } from "./errors.ts";
import type { KeyStore } from "./ports.ts";

/** @throws `invalid_key`, in the same words whatever is wrong with the key. */
export type Authenticate = (secret: string) => Promise<ApiKey>;

/** Compared with where there is no key: then that takes as long as a wrong secret. */
const NO_HASH = "0".repeat(64);

/**
 * Tells whose secret it is, and notes that the key was used.
 *
 * The secret is hashed once for all comparisons, in less than a microsecond: remembering secrets that
 * were right before would save nothing, and keep them in memory.
 *
 * @param adminKey the admin key from the environment, if there is one.
 */
export function createAuthenticate(deps: { keys: KeyStore; clock: Clock; adminKey: string | null }): Authenticate {
  const { keys, clock, adminKey } = deps;
  const adminHash = adminKey === null ? NO_HASH : hashSecret(adminKey);
  return async (secret) => {
    const hash = hashSecret(secret);
    if (isSameHash(hash, adminHash)) return ENVIRONMENT_ADMIN_KEY;
    const id = keyIdOf(secret);
    const key = id === null ? null : await keys.findKey(id);
    const now = clock.now();
    if (!opens(hash, key, now) || !key || isEnded(key, now)) throw unknownKey();
    keys.noteUse(key.id, now);
    return key;
  };
}

/** Whether the hash is that of the key's secret, or of the one before it as long as that is valid. */
function opens(hash: string, key: StoredApiKey | null, nowMs: number): boolean {
  const isCurrent = isSameHash(hash, key?.secretHash ?? NO_HASH);
  const isPrevious = isSameHash(hash, key?.previousHash ?? NO_HASH);
  return isCurrent || (isPrevious && (key?.previousUntil ?? 0) > nowMs);
}

const unknownKey = (): AppError => new AppError("invalid_key", "The API key is unknown, expired or revoked");

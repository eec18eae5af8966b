import type { Clock } from "../lib/clock.ts";
import { type ApiKey, ENVIRONMENT_ADMIN_KEY } from "./api-key.ts";
import { hashSecret, keyIdOf, matchesHash } from "./api-key-secret.ts";
import { AppError } from "./errors.ts";
import type { KeyStore } from "./ports.ts";

/** @throws `invalid_key`, in the same words whatever is wrong with the key. */
export type Authenticate = (secret: string) => Promise<ApiKey>;

/**
 * Tells whose secret it is.
 *
 * @param adminKey the admin key from the environment, if there is one.
 */
export function createAuthenticate(deps: { keys: KeyStore; clock: Clock; adminKey: string | null }): Authenticate {
  const { keys, clock, adminKey } = deps;
  const adminHash = adminKey === null ? null : hashSecret(adminKey);
  return async (secret) => {
    if (adminHash !== null && matchesHash(secret, adminHash)) return ENVIRONMENT_ADMIN_KEY;
    const id = keyIdOf(secret);
    const key = id === null ? null : await keys.findKey(id);
    if (!key || !matchesHash(secret, key.secretHash) || !isValidAt(key, clock.now())) throw unknownKey();
    return key;
  };
}

export function isValidAt(key: ApiKey, nowMs: number): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > nowMs);
}

const unknownKey = (): AppError => new AppError("invalid_key", "The API key is unknown, expired or revoked");

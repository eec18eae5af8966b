import type { RandomBytes } from "../lib/base62.ts";
import { type Clock, MS_PER_DAY } from "../lib/clock.ts";
import { isEnded } from "./api-key.ts";
import { formatSecret, hashSecret } from "./api-key-secret.ts";
import type { Audit } from "./audit.ts";
import type { CreatedKey } from "./create-key.ts";
import { AppError, invalid } from "./errors.ts";
import type { KeyStore } from "./ports.ts";

export interface RotateKeyInput {
  readonly id: string;
  /** How long the old secret stays valid, in ms: 0 to 30 days. */
  readonly overlapMs: number;
  /** Who does it: see `AuditRecord.by`. */
  readonly by: string;
}

export interface RotatedKey extends CreatedKey {
  /** Until when the old secret is valid, in ms since 1970; null: it is not any more. */
  readonly previousUntil: number | null;
}

export type RotateKey = (input: RotateKeyInput) => Promise<RotatedKey>;

export const DEFAULT_OVERLAP = "24h";
export const MAX_OVERLAP_MS = 30 * MS_PER_DAY;

/**
 * Gives a key a new secret. Its id, rights and end stay; a secret that an earlier rotation left valid
 * ends now.
 *
 * @throws `not_found`, `conflict` where the key has ended, `invalid_input` for an overlap that is too long.
 */
export function createRotateKey(deps: { keys: KeyStore; audit: Audit; clock: Clock; random: RandomBytes }): RotateKey {
  const { keys, audit, clock, random } = deps;
  return async ({ id, overlapMs, by }) => {
    if (!(overlapMs >= 0 && overlapMs <= MAX_OVERLAP_MS)) throw invalid("overlap", "Must be at most 30d");
    const key = await keys.findKey(id);
    if (!key) throw new AppError("not_found", "API key not found");
    const now = clock.now();
    if (isEnded(key, now)) throw ended();
    const secret = formatSecret(id, random);
    const previousUntil = overlapMs === 0 ? null : now + overlapMs;
    if (!(await keys.rotateKey(id, hashSecret(secret), previousUntil))) throw ended();
    await audit.record({ action: "key.rotate", by, subject: id });
    return { key, secret, previousUntil };
  };
}

const ended = (): AppError => new AppError("conflict", "The API key is expired or revoked: make a new one");

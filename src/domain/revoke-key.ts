import type { Clock } from "../lib/clock.ts";
import type { Audit } from "./audit.ts";
import type { KeyStore } from "./ports.ts";

/**
 * Ends a key for good.
 *
 * @param input.by who does it: see `AuditRecord.by`.
 * @returns when it ended, in ms since 1970; null where there is no such key, or it is revoked already.
 */
export type RevokeKey = (input: { readonly id: string; readonly by: string }) => Promise<number | null>;

export function createRevokeKey(deps: { keys: KeyStore; audit: Audit; clock: Clock }): RevokeKey {
  const { keys, audit, clock } = deps;
  return async ({ id, by }) => {
    const now = clock.now();
    if (!(await keys.revokeKey(id, now))) return null;
    await audit.record({ action: "key.revoke", by, subject: id });
    return now;
  };
}

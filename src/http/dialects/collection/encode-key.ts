import { type ApiKey, type ListedApiKey, requestsPerMinuteOf } from "../../../domain/api-key.ts";
import type { CreatedKey } from "../../../domain/create-key.ts";
import type { RotatedKey } from "../../../domain/rotate-key.ts";
import { websiteIdOf } from "../../../domain/site.ts";
import { isoTime } from "../../../lib/iso-time.ts";

const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** What may be seen of a key: neither its secret nor the secret's hash. */
function encodeFacts(key: ApiKey) {
  return {
    name: key.name,
    admin: key.admin,
    permissions: [...key.permissions],
    sites: key.siteIds?.map((id) => websiteIdOf({ id })) ?? null,
    tier: key.tier,
    requestsPerMinute: requestsPerMinuteOf(key),
    createdAt: isoTime(key.createdAt),
    expiresAt: isoTimeOrNull(key.expiresAt),
  };
}

/** The only answers with a secret. */
export function encodeNewKey({ key, secret }: CreatedKey) {
  return { id: key.id, key: secret, ...encodeFacts(key) };
}

export function encodeRotatedKey(rotated: RotatedKey) {
  return { ...encodeNewKey(rotated), previousValidUntil: isoTimeOrNull(rotated.previousUntil) };
}

export function encodeListedKey(key: ListedApiKey) {
  return {
    id: key.id,
    ...encodeFacts(key),
    revokedAt: isoTimeOrNull(key.revokedAt),
    lastUsedAt: isoTimeOrNull(key.lastUsedAt),
    previousValidUntil: isoTimeOrNull(key.previousUntil),
  };
}

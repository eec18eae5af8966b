import { type ApiKey, type ListedApiKey, requestsPerMinuteOf } from "../domain/api-key.ts";
import { websiteIdOf } from "../domain/site.ts";
import { isoTime } from "../lib/iso-time.ts";

const toIso = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** A key as `--json` prints it; never its secret, nor the secret's hash. */
export function keyAsJson(key: ApiKey): Readonly<Record<string, unknown>> {
  return {
    id: key.id,
    name: key.name,
    admin: key.admin,
    permissions: key.permissions,
    sites: key.siteIds?.map((id) => websiteIdOf({ id })) ?? null,
    tier: key.tier,
    requestsPerMinute: requestsPerMinuteOf(key),
    createdAt: toIso(key.createdAt),
    expiresAt: toIso(key.expiresAt),
    revokedAt: toIso(key.revokedAt),
  };
}

/** The same of a key in a list. */
export function listedKeyAsJson(key: ListedApiKey): Readonly<Record<string, unknown>> {
  return { ...keyAsJson(key), lastUsedAt: toIso(key.lastUsedAt), previousValidUntil: toIso(key.previousUntil) };
}

/** `60/min`, or `any rate`. */
export function rateOf(key: ApiKey): string {
  const limit = requestsPerMinuteOf(key);
  return limit === null ? "any rate" : `${limit}/min`;
}

/** `admin`, or the permissions. */
export const rightsOf = (key: ApiKey): string => (key.admin ? "admin" : key.permissions.join(","));

/** `all`, or the ids of the sites it is for. */
export const sitesOf = (key: ApiKey): string => key.siteIds?.map((id) => websiteIdOf({ id })).join(",") ?? "all";

/** `valid`, `valid until …`, `expired …` or `revoked …`, by day. */
export function stateOf(key: ApiKey, nowMs: number): string {
  const day = (ms: number) => isoTime(ms).slice(0, 10);
  if (key.revokedAt !== null) return `revoked ${day(key.revokedAt)}`;
  if (key.expiresAt === null) return "valid";
  return key.expiresAt > nowMs ? `valid until ${day(key.expiresAt)}` : `expired ${day(key.expiresAt)}`;
}

import { isoTime } from "../lib/iso-time.ts";
import { type ApiKey, coversSite, hasPermission, type Permission, requestsPerMinuteOf } from "./api-key.ts";
import { AppError } from "./errors.ts";

/** What one key may have of another. */
type Rights = Pick<ApiKey, "permissions" | "expiresAt" | "tier" | "requestsPerMinute">;

/**
 * A key can only give what it has: otherwise `keys:manage` would be every permission, and a key that is
 * lent for a day could be made to last.
 *
 * @throws `forbidden` that says what it lacks.
 */
export function assertMayGive(giver: ApiKey, wanted: Rights): void {
  const lacking = missingPermission(giver, wanted.permissions);
  if (lacking !== undefined) {
    throw new AppError("forbidden", `The API key lacks the permission ${lacking} and cannot give it`);
  }
  if (giver.expiresAt !== null && outlives(wanted, giver.expiresAt)) {
    const last = isoTime(giver.expiresAt);
    throw new AppError("forbidden", `The API key expires at ${last}, and so must every key that it makes`);
  }
  if (exceedsRate(giver, wanted)) {
    const rate = requestsPerMinuteOf(giver);
    throw new AppError("forbidden", `The API key may make ${rate} requests a minute and cannot give more`);
  }
}

/**
 * Whoever rotates a key gets to know its secret, and so gets what it has.
 *
 * @throws `forbidden` where the other key has more than this one.
 */
export function assertMayChange(changer: ApiKey, other: ApiKey): void {
  if (changer.id === other.id || covers(changer, other)) return;
  throw new AppError("forbidden", "The other API key has more rights than this one, which can therefore not change it");
}

function covers(one: ApiKey, other: ApiKey): boolean {
  if (one.admin) return true;
  const coversSites = one.siteIds === null || (other.siteIds?.every((id) => coversSite(one, id)) ?? false);
  const isOutlived = one.expiresAt !== null && outlives(other, one.expiresAt);
  return (
    !other.admin &&
    missingPermission(one, other.permissions) === undefined &&
    coversSites &&
    !isOutlived &&
    !exceedsRate(one, other)
  );
}

const missingPermission = (key: ApiKey, permissions: readonly Permission[]): Permission | undefined =>
  permissions.find((permission) => !hasPermission(key, permission));

const outlives = ({ expiresAt }: Pick<ApiKey, "expiresAt">, lastMs: number): boolean =>
  expiresAt === null || expiresAt > lastMs;

function exceedsRate(key: ApiKey, wanted: Pick<ApiKey, "tier" | "requestsPerMinute">): boolean {
  const limit = requestsPerMinuteOf(key);
  return limit !== null && (requestsPerMinuteOf(wanted) ?? Number.POSITIVE_INFINITY) > limit;
}

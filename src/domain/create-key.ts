import { type RandomBytes, randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import {
  type ApiKey,
  MAX_REQUESTS_PER_MINUTE,
  PERMISSION_ALIASES,
  PERMISSIONS,
  type Permission,
  TIERS,
  type Tier,
} from "./api-key.ts";
import { formatSecret, hashSecret } from "./api-key-secret.ts";
import type { Audit } from "./audit.ts";
import { AppError, invalid } from "./errors.ts";
import type { KeyStore, SiteStore } from "./ports.ts";
import { parseSiteReference } from "./site.ts";
import { MAX_NAME_LENGTH } from "./site-fields.ts";
import { assertCleanText } from "./text.ts";

export interface CreateKeyInput {
  /** 1 to 200 characters. */
  readonly name: string;
  readonly admin?: boolean;
  /** Permissions, or their names in other documents (`tracking:list`). Ignored for an admin key. */
  readonly permissions?: readonly string[];
  /** Sites by any of their names; all when left out. */
  readonly sites?: readonly string[];
  /** Ms since 1970; in the future. */
  readonly expiresAt?: number | null;
  /** `free` when left out; an admin key is always `unlimited`. */
  readonly tier?: string;
  /** Instead of the tier's: 1 to 1,000,000. Ignored for an admin key. */
  readonly requestsPerMinute?: number | null;
  /** Who makes it: see `AuditRecord.by`. */
  readonly by: string;
}

export interface CreatedKey {
  readonly key: ApiKey;
  /** The only time that it can be seen. */
  readonly secret: string;
}

export type CreateKey = (input: CreateKeyInput) => Promise<CreatedKey>;

/** How many sites one key may name. */
export const MAX_KEY_SITES = 1_000;

/**
 * Makes an API key. The secret is returned once and kept only as a hash.
 *
 * @throws `invalid_input` that names the field that cannot be as it is, `not_found` for an unknown site.
 */
export function createCreateKey(deps: {
  keys: KeyStore;
  sites: SiteStore;
  audit: Audit;
  clock: Clock;
  random: RandomBytes;
}): CreateKey {
  const { keys, sites, audit, clock, random } = deps;

  async function siteId(reference: string): Promise<number> {
    assertCleanText("sites", reference);
    const site = await sites.findSite(parseSiteReference(reference));
    if (!site) throw new AppError("not_found", `Website "${reference}" not found`);
    return site.id;
  }

  return async (input) => {
    assertCleanText("name", input.name);
    const name = input.name.trim();
    if (name === "" || name.length > MAX_NAME_LENGTH)
      throw invalid("name", `Must be 1 to ${MAX_NAME_LENGTH} characters`);
    if (input.expiresAt != null && input.expiresAt <= clock.now()) throw invalid("expiresAt", "Must be in the future");
    const admin = input.admin ?? false;
    const permissions = admin ? PERMISSIONS : parsePermissions(input.permissions ?? []);
    const limits = parseLimits(input);
    const id = randomLetters(8, random);
    const secret = formatSecret(id, random);
    const key: ApiKey = {
      id,
      name,
      admin,
      permissions,
      siteIds: admin || !input.sites ? null : await Promise.all(input.sites.map(siteId)),
      ...(admin ? NO_LIMITS : limits),
      createdAt: clock.now(),
      expiresAt: input.expiresAt ?? null,
      revokedAt: null,
    };
    await keys.addKey({ ...key, secretHash: hashSecret(secret), previousHash: null, previousUntil: null });
    await audit.record({ action: "key.create", by: input.by, subject: id });
    return { key, secret };
  };
}

type KeyLimits = Pick<ApiKey, "tier" | "requestsPerMinute">;

const NO_LIMITS: KeyLimits = { tier: "unlimited", requestsPerMinute: null };

/** @throws `invalid_input` for a tier that does not exist, or a number that cannot be. */
export function parseLimits(input: Pick<CreateKeyInput, "tier" | "requestsPerMinute">): KeyLimits {
  const { tier = "free", requestsPerMinute = null } = input;
  const known: Tier | undefined = TIERS.find((one) => one === tier);
  if (!known) throw invalid("tier", `"${tier}" is not one of: ${TIERS.join(", ")}`);
  if (requestsPerMinute !== null && !isRequestsPerMinute(requestsPerMinute)) {
    throw invalid("requestsPerMinute", `Must be a whole number from 1 to ${MAX_REQUESTS_PER_MINUTE}`);
  }
  return { tier: known, requestsPerMinute };
}

const isRequestsPerMinute = (number: number): boolean =>
  Number.isInteger(number) && number >= 1 && number <= MAX_REQUESTS_PER_MINUTE;

/** @throws `invalid_input` that names the permission that does not exist. */
export function parsePermissions(names: readonly string[]): readonly Permission[] {
  if (names.length === 0) throw invalid("permissions", `Name at least one of: ${PERMISSIONS.join(", ")}`);
  const found = names.map((name) => {
    // Not `aliases[name]` alone: "toString" is a name that every object knows.
    const alias = Object.hasOwn(PERMISSION_ALIASES, name) ? PERMISSION_ALIASES[name] : undefined;
    const permission = alias ?? PERMISSIONS.find((known) => known === name);
    if (!permission) throw invalid("permissions", `"${name}" is not one of: ${PERMISSIONS.join(", ")}`);
    return permission;
  });
  return [...new Set(found)];
}

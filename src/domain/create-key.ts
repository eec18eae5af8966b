import { type RandomBytes, randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import { type ApiKey, PERMISSION_ALIASES, PERMISSIONS, type Permission } from "./api-key.ts";
import { formatSecret, hashSecret } from "./api-key-secret.ts";
import type { Audit } from "./audit.ts";
import { MAX_NAME_LENGTH } from "./create-site.ts";
import { AppError, invalid } from "./errors.ts";
import type { KeyStore, SiteStore } from "./ports.ts";
import { parseSiteReference } from "./site.ts";
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
 * @throws `invalid_input` for an unknown permission or a time that has passed, `not_found` for an unknown site.
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
    const id = randomLetters(8, random);
    const secret = formatSecret(id, random);
    const key: ApiKey = {
      id,
      name,
      admin,
      permissions,
      siteIds: admin || !input.sites ? null : await Promise.all(input.sites.map(siteId)),
      tier: admin ? "unlimited" : "free",
      requestsPerMinute: null,
      createdAt: clock.now(),
      expiresAt: input.expiresAt ?? null,
      revokedAt: null,
    };
    await keys.addKey({ ...key, secretHash: hashSecret(secret), previousHash: null, previousUntil: null });
    await audit.record({ action: "key.create", by: input.by, subject: id });
    return { key, secret };
  };
}

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

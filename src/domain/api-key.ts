import { type Static, Type } from "@sinclair/typebox";

export const PERMISSIONS = ["events:write", "events:read", "events:delete", "sites:manage", "keys:manage"] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const TIERS = ["free", "pro", "unlimited"] as const;
export type Tier = (typeof TIERS)[number];

/** How many requests a minute a key of the tier may make; null: any number. */
export const TIER_REQUESTS_PER_MINUTE: Readonly<Record<Tier, number | null>> = { free: 60, pro: 600, unlimited: null };

/** The largest number that may be chosen instead of a tier's. */
export const MAX_REQUESTS_PER_MINUTE = 1_000_000;

/** Other names under which a document calls a permission. */
export const PERMISSION_ALIASES: Readonly<Record<string, Permission>> = { "tracking:list": "events:read" };

/** A secret that has permissions and is bound to some sites or to all. Never holds the secret itself. */
export const ApiKey = Type.Object({
  /** The 8 public letters: `ff_<id>_<secret>`. */
  id: Type.String(),
  name: Type.String(),
  /** All permissions on all sites. */
  admin: Type.Boolean(),
  permissions: Type.Array(Type.String()),
  /** Ids of the sites it is for; null: all. */
  siteIds: Type.Union([Type.Array(Type.Integer()), Type.Null()]),
  /** How many requests a minute it may make, by name. */
  tier: Type.Union(TIERS.map((tier) => Type.Literal(tier))),
  /** Requests a minute where they are not those of the tier. */
  requestsPerMinute: Type.Union([Type.Integer({ minimum: 1, maximum: MAX_REQUESTS_PER_MINUTE }), Type.Null()]),
  createdAt: Type.Integer(),
  expiresAt: Type.Union([Type.Integer(), Type.Null()]),
  revokedAt: Type.Union([Type.Integer(), Type.Null()]),
});
export type ApiKey = Omit<Static<typeof ApiKey>, "permissions"> & { readonly permissions: readonly Permission[] };

/** A key as it is stored. Hashes are SHA-256 of the whole secret, as lower-case hex. */
export type StoredApiKey = ApiKey & {
  readonly secretHash: string;
  /** Of the secret before the last rotation, which is valid until `previousUntil`; null where there was none. */
  readonly previousHash: string | null;
  readonly previousUntil: number | null;
};

/** A key as lists show it. */
export type ListedApiKey = StoredApiKey & {
  /** To some seconds; null: never. */
  readonly lastUsedAt: number | null;
};

export function hasPermission(key: ApiKey, permission: Permission): boolean {
  return key.admin || key.permissions.includes(permission);
}

export function coversSite(key: ApiKey, siteId: number): boolean {
  return key.admin || key.siteIds === null || key.siteIds.includes(siteId);
}

/** How many requests a minute the key may make; null: any number. */
export function requestsPerMinuteOf(key: Pick<ApiKey, "tier" | "requestsPerMinute">): number | null {
  return key.requestsPerMinute ?? TIER_REQUESTS_PER_MINUTE[key.tier];
}

/** Whether the key has ended, by its own time or by somebody's hand. */
export function isEnded(key: Pick<ApiKey, "revokedAt" | "expiresAt">, nowMs: number): boolean {
  return key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= nowMs);
}

/** The admin key that the environment names: it exists as long as the process does. */
export const ENVIRONMENT_ADMIN_KEY: ApiKey = {
  id: "environment",
  name: "FOOTFALL_ADMIN_KEY",
  admin: true,
  permissions: PERMISSIONS,
  siteIds: null,
  tier: "unlimited",
  requestsPerMinute: null,
  createdAt: 0,
  expiresAt: null,
  revokedAt: null,
};

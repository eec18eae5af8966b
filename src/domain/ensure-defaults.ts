import { randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import { BY_SERVER } from "./audit.ts";
import type { CreateKey } from "./create-key.ts";
import type { CreateSite } from "./create-site.ts";
import { AppError } from "./errors.ts";
import type { KeyStore, KeyValueStore, SiteStore } from "./ports.ts";
import type { Site } from "./site.ts";

/** The site that the first start makes has it, and keeps it. */
export const DEFAULT_SCOPE = "default";

/** What a server makes at its first start. */
export interface Defaults {
  readonly site: Site;
  /** The secret of the admin key when this call made one; null afterwards. */
  readonly adminKey: string | null;
}

/** Makes the site `Default` and an admin key where there are none; every later call changes nothing. */
export async function ensureDefaults(deps: {
  sites: SiteStore;
  keys: KeyStore;
  kv: KeyValueStore;
  clock: Clock;
  createSite: CreateSite;
  createKey: CreateKey;
  /** Whether the environment names an admin key: then none is made. */
  hasAdminKey: boolean;
}): Promise<Defaults> {
  const { sites, keys, kv, clock, createSite, createKey, hasAdminKey } = deps;
  const findDefault = () => sites.findSite({ by: "scope", text: DEFAULT_SCOPE });
  let site = await findDefault();
  if (!site) {
    try {
      site = await createSite({ name: "Default", domain: null, scope: DEFAULT_SCOPE });
    } catch (error) {
      // Another instance on the same database was faster.
      site = error instanceof AppError && error.code === "conflict" ? await findDefault() : null;
      if (!site) throw error;
    }
  }
  const isComplete = async () =>
    hasAdminKey || (await keys.listKeys()).some((key) => key.admin && key.revokedAt === null);
  // Of several instances that start at once, one makes the key: asked before the lease and after it.
  if ((await isComplete()) || !(await isFirst({ kv, clock })) || (await isComplete())) return { site, adminKey: null };
  const { secret } = await createKey({ name: "admin", admin: true, by: BY_SERVER });
  return { site, adminKey: secret };
}

/** A start that dies over the key leaves it to the next one, unless that comes at once. */
const LEASE_MS = 3_000;

function isFirst({ kv, clock }: { kv: KeyValueStore; clock: Clock }): Promise<boolean> {
  const nowMs = clock.now();
  return kv.takeLease({ key: "first-admin-key", holder: randomLetters(16), nowMs, expiresAtMs: nowMs + LEASE_MS });
}

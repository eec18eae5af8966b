import type { Clock } from "../lib/clock.ts";
import { type ApiKey, coversSite, ENVIRONMENT_ADMIN_KEY, hasPermission, isEnded, type Permission } from "./api-key.ts";
import type { KeyStore, SiteStore } from "./ports.ts";
import type { Site } from "./site.ts";

/** Whether a key that began something long may still do it: it may have been revoked meanwhile, or the site be gone. */
export type KeyStillMay = (key: ApiKey, permission: Permission, site: Site) => Promise<boolean>;

export function createKeyStillMay(deps: { keys: KeyStore; sites: SiteStore; clock: Clock }): KeyStillMay {
  const { keys, sites, clock } = deps;
  return async (key, permission, site) => {
    if ((await sites.findSite({ by: "id", id: site.id })) === null) return false;
    if (key === ENVIRONMENT_ADMIN_KEY) return true;
    const current = await keys.findKey(key.id);
    return (
      current !== null &&
      !isEnded(current, clock.now()) &&
      hasPermission(current, permission) &&
      coversSite(current, site.id)
    );
  };
}

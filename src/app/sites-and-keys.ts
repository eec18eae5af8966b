import { createAuthenticate } from "../domain/authenticate.ts";
import { createCreateKey } from "../domain/create-key.ts";
import { createCreateSite } from "../domain/create-site.ts";
import { createDeleteSite } from "../domain/delete-site.ts";
import { createKeyStillMay } from "../domain/key-standing.ts";
import type { Store } from "../domain/ports.ts";
import type { PurgeSchedule } from "../domain/purge-schedule.ts";
import { createRestoreSite } from "../domain/restore-site.ts";
import { createRevokeKey } from "../domain/revoke-key.ts";
import { createRotateKey } from "../domain/rotate-key.ts";
import { createUpdateSite } from "../domain/update-site.ts";
import type { RandomBytes } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";

/** Sites, and who may do what with them. */
export function createSitesAndKeys(
  store: Store,
  deps: { clock: Clock; random: RandomBytes; adminKey: string | null; purgeSchedule: PurgeSchedule },
) {
  return {
    createSite: createCreateSite({ ...store, ...deps }),
    updateSite: createUpdateSite(store),
    deleteSite: createDeleteSite({ ...store, ...deps }),
    restoreSite: createRestoreSite({ ...store, ...deps }),
    createKey: createCreateKey({ ...store, ...deps }),
    rotateKey: createRotateKey({ ...store, ...deps }),
    revokeKey: createRevokeKey({ ...store, ...deps }),
    authenticate: createAuthenticate({ ...store, ...deps }),
    keyStillMay: createKeyStillMay({ ...store, ...deps }),
  };
}

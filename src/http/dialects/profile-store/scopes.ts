import { coversSite } from "../../../domain/api-key.ts";
import { AppError } from "../../../domain/errors.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import type { Site } from "../../../domain/site.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, mayWrite, requireKey } from "../../caller.ts";

/** The scope of what does not say one. */
export const DEFAULT_SCOPE = "default";

async function findScope(sites: SiteStore, scope: string): Promise<Site | null> {
  const reference = { by: "scope", text: scope } as const;
  const known = sites.recallSite(reference);
  return known === undefined ? sites.findSite(reference) : known;
}

/** Where an event of a scope is stored. */
export interface WritableScope {
  readonly site: Site;
  /** The event's scope, which may be nobody's. */
  readonly scope: string;
  /** The scope where it is not that of the site, else null. */
  readonly foreign: string | null;
}

export type FindWritableScope = (caller: Caller, scope: string | null) => Promise<WritableScope>;

/**
 * An event whose scope no site has is stored under `default`, and shows its own scope: nothing is lost.
 *
 * @throws `forbidden` for a key that is for other scopes.
 */
export function createFindWritableScope(sites: SiteStore): FindWritableScope {
  return async (caller, scope) => {
    const wanted = scope ?? DEFAULT_SCOPE;
    const own = await findScope(sites, wanted);
    const site = own ?? (await findScope(sites, DEFAULT_SCOPE));
    if (!site) throw new AppError("not_found", `There is no scope ${DEFAULT_SCOPE}`);
    if (!mayWrite(caller, site)) throw new AppError("forbidden", "The API key is for other scopes");
    return { site, scope: wanted, foreign: own ? null : wanted };
  };
}

export type FindReadableScope = (caller: Caller, scope: string) => Promise<Site>;

/** @throws `not_found`, also for a scope that the key may not see. */
export function createFindReadableScope(deps: { sites: SiteStore; admission: Admission }): FindReadableScope {
  const { sites, admission } = deps;
  return async (caller, scope) => {
    const site = await findScope(sites, scope);
    if (!site || !admission.admitReader(caller, site)) throw new AppError("not_found", "There is no such scope");
    return site;
  };
}

/** The site of an event that the caller may delete or restore; null where there is none. */
export type FindOwnSite = (caller: Caller, siteId: number) => Promise<Site | null>;

export function createFindOwnSite(deps: { sites: SiteStore; admission: Admission }): FindOwnSite {
  const { sites, admission } = deps;
  return async (caller, siteId) => {
    const site = await sites.findSite({ by: "id", id: siteId });
    if (!site || !coversSite(requireKey(caller), siteId)) return null;
    admission.openToPages(caller, site);
    return site;
  };
}

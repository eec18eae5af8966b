import { AppError } from "../../../domain/errors.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import { parseSiteReference, type Site } from "../../../domain/site.ts";
import { isCleanText } from "../../../domain/text.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, mayWrite } from "../../caller.ts";

/** The same for a site that does not exist and one that the key is not for: which it is stays untold. */
const siteNotFound = (): AppError => new AppError("forbidden", "Site doesn't exist or you don't have access");

/** The site that a path names, for reading. */
export type FindReadableSite = (caller: Caller, siteId: string) => Promise<Site>;

/** The site of a public key, for posting. */
export type FindWritableSite = (caller: Caller, siteKey: string) => Promise<Site>;

/** @throws `forbidden` */
export function createFindReadableSite(deps: { sites: SiteStore; admission: Admission }): FindReadableSite {
  const { sites, admission } = deps;
  return async (caller, siteId) => {
    const site = isCleanText(siteId) ? await sites.findSite(parseSiteReference(siteId)) : null;
    if (!site || !admission.admitReader(caller, site)) throw siteNotFound();
    return site;
  };
}

/** @throws `forbidden` */
export function createFindWritableSite(sites: SiteStore): FindWritableSite {
  return async (caller, siteKey) => {
    if (!siteKey.startsWith("ak_") || !isCleanText(siteKey)) throw siteNotFound();
    const reference = { by: "siteKey", text: siteKey } as const;
    const known = sites.recallSite(reference);
    const site = known === undefined ? await sites.findSite(reference) : known;
    if (!site || !mayWrite(caller, site)) throw siteNotFound();
    return site;
  };
}

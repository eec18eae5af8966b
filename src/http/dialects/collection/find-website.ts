import { coversSite } from "../../../domain/api-key.ts";
import { AppError } from "../../../domain/errors.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import { type DeletedSite, parseSiteReference, type Site, type SiteReference } from "../../../domain/site.ts";
import { isCleanText } from "../../../domain/text.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, requireKey } from "../../caller.ts";

/** The website that a path names by any of its names, as far as the caller's key is for it. */
export interface FindWebsite {
  /** @throws `not_found`, also for one that the key is not for. */
  live(caller: Caller, name: string): Promise<Site>;
  /** One that is deleted and can be restored. @throws `not_found` */
  deleted(caller: Caller, name: string): Promise<DeletedSite>;
}

export function createFindWebsite(deps: { sites: SiteStore; clock: Clock; admission: Admission }): FindWebsite {
  const { sites, clock, admission } = deps;

  async function find<T extends Site>(
    caller: Caller,
    name: string,
    look: (reference: SiteReference) => Promise<T | null>,
  ): Promise<T> {
    const site = isCleanText(name) ? await look(parseSiteReference(name)) : null;
    if (!site || !coversSite(requireKey(caller), site.id)) throw new AppError("not_found", "Website not found");
    admission.openToPages(caller, site);
    return site;
  }

  return {
    live: (caller, name) => find(caller, name, sites.findSite),
    deleted: (caller, name) => find(caller, name, (reference) => sites.findDeletedSite(reference, clock.now())),
  };
}

import { AppError } from "../../../domain/errors.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import { type Site, TRACKING_CODE } from "../../../domain/site.ts";
import type { Admission } from "../../admission.ts";
import { type Caller, keyRequired, mayWrite } from "../../caller.ts";

const websiteNotFound = (): AppError => new AppError("not_found", "Website with this tracking code not found");

/** The site of a tracking code, for posting. */
export type FindWritableSite = (caller: Caller, trackingCode: string) => Promise<Site>;

/** The site of a tracking code, for reading. */
export type FindReadableSite = FindWritableSite;

async function findSite(sites: SiteStore, trackingCode: string): Promise<Site> {
  if (!TRACKING_CODE.test(trackingCode)) throw websiteNotFound();
  const reference = { by: "trackingCode", text: trackingCode } as const;
  const known = sites.recallSite(reference);
  const site = known === undefined ? await sites.findSite(reference) : known;
  if (!site) throw websiteNotFound();
  return site;
}

/** @throws `not_found`, or `forbidden` for a key that is for other sites. */
export function createFindWritableSite(sites: SiteStore): FindWritableSite {
  return async (caller, trackingCode) => {
    const site = await findSite(sites, trackingCode);
    if (!mayWrite(caller, site)) throw new AppError("forbidden", "The API key is for other websites");
    return site;
  };
}

/** @throws `not_found`, also for a site that the key may not see; `missing_key` without one; `missing_parameter`; `rate_limited`. */
export function createFindReadableSite(deps: { sites: SiteStore; admission: Admission }): FindReadableSite {
  const { sites, admission } = deps;
  return async (caller, trackingCode) => {
    // `?trackingCode=`: nothing is no code.
    if (trackingCode === "") throw new AppError("missing_parameter", "trackingCode query parameter is required");
    const site = await findSite(sites, trackingCode);
    if (admission.admitReader(caller, site)) return site;
    throw caller.key === null ? keyRequired() : websiteNotFound();
  };
}

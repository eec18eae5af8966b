import { type RandomBytes, randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import type { SiteStore } from "./ports.ts";
import {
  assertScope,
  DEFAULT_SITE_SETTINGS,
  type NewSite,
  normalizeDomain,
  type Site,
  scopeFromDomain,
} from "./site.ts";
import { isConflict, parseDescription, parseSiteName, siteExists } from "./site-fields.ts";
import { parseSiteSettings, type SiteSettingsInput } from "./site-settings.ts";

export interface CreateSiteInput {
  /** 1 to 200 characters. */
  readonly name: string;
  /** Host name or URL; null for a site without one. */
  readonly domain: string | null;
  readonly description?: string | null;
  /** Derived from the domain, or the name, when left out. */
  readonly scope?: string;
  /** What is left out is as in `DEFAULT_SITE_SETTINGS`. */
  readonly settings?: SiteSettingsInput;
}

export type CreateSite = (input: CreateSiteInput) => Promise<Site>;

const BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";
const MAX_SCOPE_TRIES = 100;

/**
 * Makes a site with a fresh tracking code and site key.
 *
 * @throws `invalid_input`, or `conflict` when a site has the domain, or the scope that was asked for.
 */
export function createCreateSite(deps: { sites: SiteStore; clock: Clock; random: RandomBytes }): CreateSite {
  const { sites, clock, random } = deps;

  async function isScopeTaken(scope: string): Promise<boolean> {
    return (await sites.findSite({ by: "scope", text: scope })) !== null;
  }

  /** `example-com`, or `example-com-2` where that is taken. */
  async function freeScope(wanted: string): Promise<string> {
    if (!(await isScopeTaken(wanted))) return wanted;
    for (let suffix = 2; suffix < MAX_SCOPE_TRIES; suffix++) {
      const candidate = `${wanted}-${suffix}`;
      if (!(await isScopeTaken(candidate))) return candidate;
    }
    return `${wanted.slice(0, 50)}-${randomLetters(8, random, BASE36)}`;
  }

  async function add(site: NewSite, scopeWasChosen: boolean): Promise<Site> {
    try {
      return await sites.addSite(site);
    } catch (error) {
      if (isConflict(error)) throw siteExists(scopeWasChosen ? site : { domain: site.domain }, error);
      throw error;
    }
  }

  /** A scope can be taken between the look and the insert: then it is the next one's turn. */
  async function addWithFreeScope(site: Omit<NewSite, "scope">, wanted: string): Promise<Site> {
    for (let tries = 1; ; tries++) {
      const scope = await freeScope(wanted);
      try {
        return await add({ ...site, scope }, false);
      } catch (error) {
        if (!isConflict(error) || tries >= MAX_SCOPE_TRIES || !(await isScopeTaken(scope))) throw error;
      }
    }
  }

  return async (input) => {
    const name = parseSiteName(input.name);
    const domain = input.domain === null ? null : normalizeDomain(input.domain);
    const now = clock.now();
    const site: Omit<NewSite, "scope"> = {
      name,
      domain,
      description: input.description == null ? null : parseDescription(input.description),
      trackingCode: `pm-${randomLetters(6, random, BASE36)}-${now}`,
      siteKey: `ak_${randomLetters(24, random)}`,
      ...DEFAULT_SITE_SETTINGS,
      ...parseSiteSettings(input.settings ?? {}),
      createdAt: now,
    };
    return input.scope === undefined
      ? addWithFreeScope(site, scopeFromDomain(domain ?? name))
      : add({ ...site, scope: assertScope(input.scope) }, true);
  };
}

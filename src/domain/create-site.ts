import { type RandomBytes, randomLetters } from "../lib/base62.ts";
import type { Clock } from "../lib/clock.ts";
import { AppError, invalid } from "./errors.ts";
import type { SiteStore } from "./ports.ts";
import {
  assertScope,
  DEFAULT_SITE_SETTINGS,
  type NewSite,
  normalizeDomain,
  type Site,
  scopeFromDomain,
} from "./site.ts";
import { assertCleanText } from "./text.ts";

export interface CreateSiteInput {
  /** 1 to 200 characters. */
  readonly name: string;
  /** Host name or URL; null for a site without one. */
  readonly domain: string | null;
  readonly description?: string | null;
  /** Derived from the domain, or the name, when left out. */
  readonly scope?: string;
  readonly publicRead?: boolean;
}

export type CreateSite = (input: CreateSiteInput) => Promise<Site>;

const BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";
const MAX_SCOPE_TRIES = 100;
export const MAX_NAME_LENGTH = 200;
export const MAX_DESCRIPTION_LENGTH = 1_000;

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
      if (isConflict(error)) throw taken(site, scopeWasChosen, error);
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
    const name = checkText("name", input.name, MAX_NAME_LENGTH);
    if (name === "") throw invalid("name", "Must not be empty");
    const domain = input.domain === null ? null : normalizeDomain(input.domain);
    const now = clock.now();
    const site: Omit<NewSite, "scope"> = {
      name,
      domain,
      description:
        input.description == null ? null : checkText("description", input.description, MAX_DESCRIPTION_LENGTH),
      trackingCode: `pm-${randomLetters(6, random, BASE36)}-${now}`,
      siteKey: `ak_${randomLetters(24, random)}`,
      ...DEFAULT_SITE_SETTINGS,
      publicRead: input.publicRead ?? DEFAULT_SITE_SETTINGS.publicRead,
      createdAt: now,
    };
    return input.scope === undefined
      ? addWithFreeScope(site, scopeFromDomain(domain ?? name))
      : add({ ...site, scope: assertScope(input.scope) }, true);
  };
}

const isConflict = (error: unknown): error is AppError => error instanceof AppError && error.code === "conflict";

function checkText(field: string, text: string, max: number): string {
  assertCleanText(field, text);
  if (text.length > max) throw invalid(field, `Must be at most ${max} characters`);
  return text.trim();
}

function taken(site: NewSite, scopeWasChosen: boolean, cause: AppError): AppError {
  const names = [site.domain && `the domain "${site.domain}"`, scopeWasChosen && `the scope "${site.scope}"`];
  const what = names.filter(Boolean).join(" or ") || "this name";
  return new AppError("conflict", `A website with ${what} exists already`, { cause });
}

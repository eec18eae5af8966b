import type { Origin } from "./attribute-click.ts";
import type { AttributionStore } from "./attributed-events.ts";
import { siteOfClickId } from "./click-id.ts";
import { type AppError, invalid } from "./errors.ts";
import type { SiteStore } from "./ports.ts";
import type { Site } from "./site.ts";

/** How many labels of a host name are looked at, from the right: `shop.example.com` has three. */
const MAX_LABELS = 10;

export interface ProgramHints extends Origin {
  readonly isTest: boolean;
  /** Named by the client. */
  readonly programId: number | null;
  /** Sites that the caller's key is for; null: all, or no key. */
  readonly siteIds: readonly number[] | null;
}

export interface FindProgram {
  /** The site on whose domain, or a subdomain of it, a host lies; null where there is none. */
  ofHost(host: string): Promise<Site | null>;
  /** @throws `invalid_input` where no site has this id. */
  named(programId: number): Promise<Site>;
  /**
   * The program of a lead or a sale: that of its click; else the one that it names; else the one that
   * its click's id names, the one that knows its customer, the only one that the key is for.
   *
   * @throws `invalid_input` where nothing tells, or the customer is known in several.
   */
  ofOrigin(hints: ProgramHints): Promise<Site>;
}

export function createFindProgram(deps: { sites: SiteStore; attribution: AttributionStore }): FindProgram {
  const { sites, attribution } = deps;

  const find = async (id: number | null): Promise<Site | null> =>
    id === null ? null : sites.findSite({ by: "id", id });

  async function named(programId: number): Promise<Site> {
    const site = await find(programId);
    if (!site) throw noProgram("There is no such program");
    return site;
  }

  /** A click's id can be sent by anyone to anywhere: the program that made it goes before others that have it. */
  async function ofClick({ clickId, isTest }: { clickId: string; isTest: boolean }): Promise<Site | null> {
    return find(await attribution.findClickSite({ clickId, isTest, preferred: siteOfClickId(clickId) }));
  }

  async function ofCustomer({ customerKey, isTest, siteIds }: ProgramHints): Promise<Site | null> {
    if (customerKey === null) return null;
    const [first, second] = await attribution.findCustomerSites({ customerKey, isTest, siteIds });
    if (second !== undefined) throw noProgram("Required: the customer is known in several programs");
    return find(first ?? null);
  }

  return {
    async ofHost(host) {
      const labels = host.split(".");
      const shorter = labels.map((_, start) => labels.slice(start).join(".")).slice(1);
      // The whole host first: the site of a subdomain goes before that of its domain.
      for (const domain of [host, ...shorter.slice(-MAX_LABELS)]) {
        const site = await sites.findSite({ by: "domain", text: domain });
        if (site) return site;
      }
      return null;
    },
    named,
    async ofOrigin(hints) {
      const { isTest, programId, siteIds } = hints;
      const clickId = hints.clickId ?? hints.clickIds.at(-1) ?? null;
      const site =
        (clickId === null ? null : await ofClick({ clickId, isTest })) ??
        (programId === null ? null : await named(programId)) ??
        (clickId === null ? null : await find(siteOfClickId(clickId))) ??
        (await ofCustomer(hints)) ??
        (siteIds?.length === 1 ? await find(siteIds[0] ?? null) : null);
      if (!site) throw noProgram("Required: neither click_id nor customer_key tells the program");
      return site;
    },
  };
}

const noProgram = (message: string): AppError => invalid("program_id", message, "No program was found");
